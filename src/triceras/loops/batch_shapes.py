"""What `fit` has to know of batches that are of several shapes."""

from typing import Any

import keras
from keras.src.trainers.data_adapters.data_adapter_utils import get_tensor_spec
from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter


def of_all_shapes(batches: Any) -> Any:
    """Batches for `fit`, which on TensorFlow looks at the first two to know the shapes of all.

    Args:
        batches: a `keras.utils.PyDataset` with a method `samples`, of batches that differ in all
            in which any do.
    """
    samples = batches.samples() if keras.backend.backend() == "tensorflow" else []
    if len(samples) < 2:
        return batches
    adapter = PyDatasetAdapter(batches)
    adapter._output_signature = get_tensor_spec(samples)
    return adapter
