"""The weights that a file holds."""

import dataclasses
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass
class Found:
    """What was read.

    Args:
        names: of the weights, with slashes, for example `backbone/conv/kernel`. Two may be alike,
            and the last part of a name may be a number, which counts the weights of a layer.
        arrays: their values, on the host.
        ordered: whether they come in the order in which a model has them.
    """

    names: Sequence[str]
    arrays: Sequence[np.ndarray]
    ordered: bool
