"""What is computed of a small model after training."""

import keras
import numpy as np

from triceras.data.dataset import Split


def code_size(model: keras.Model, data: Split) -> dict[str, float]:
    """The mean absolute coordinate of the codes of a data set, as `code_size`."""
    codes = model.code(model.encoder(keras.ops.convert_to_tensor(data["image"][:])))
    return {"code_size": float(np.abs(keras.ops.convert_to_numpy(codes)).mean())}
