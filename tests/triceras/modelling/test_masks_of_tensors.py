import gc
import threading

import pytest
from keras.src.backend.common import global_state
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask

from triceras.modelling import masks_of_tensors

pytestmark = pytest.mark.once


class Tensor:
    """Takes no further attributes, as a tensor that JAX traces."""

    __slots__ = ("__weakref__", "itself")


def test_a_mask_goes_with_its_tensor_in_whichever_thread_that_goes():
    masks_of_tensors.install()
    gc.disable()
    try:
        tensor = Tensor()
        # Python alone finds out that nothing else needs it.
        tensor.itself = tensor
        place = id(tensor)
        set_keras_mask(tensor, "mask")
        assert get_keras_mask(tensor) == "mask"
        del tensor
        tidying = threading.Thread(target=gc.collect)
        tidying.start()
        tidying.join()
    finally:
        gc.enable()
    assert place not in global_state.get_global_attribute("_keras_mask_dict")


def test_a_mask_is_taken_away():
    masks_of_tensors.install()
    tensor = Tensor()
    set_keras_mask(tensor, None)
    set_keras_mask(tensor, "mask")
    set_keras_mask(tensor, None)
    assert get_keras_mask(tensor) is None
