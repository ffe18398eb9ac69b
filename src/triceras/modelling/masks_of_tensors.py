"""Keras's masks of tensors, which are forgotten with their tensor in whichever thread it goes."""

import weakref
from typing import Any

from keras.src.backend.common import global_state, masking


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    Where a tensor takes no attribute, as JAX's, Keras keeps its mask in a dictionary by the `id` of
    the tensor, one for each thread, and forgets it in that of the thread in which the tensor goes.
    Where another thread reads data and Python happens to tidy up there, the mask stays, and a
    later tensor in the same place of memory has it: its loss is then of some of its places alone.
    """
    masking.set_tensor_attr = set_attribute


def set_attribute(tensor: Any, name: str, value: Any) -> None:
    """Sets an attribute of a tensor, in Keras's books where it takes none."""
    try:
        setattr(tensor, name, value)
    except AttributeError:
        known = global_state.get_global_attribute(f"{name}_dict", {}, set_to_default=True)
        if value is None:
            known.pop(id(tensor), None)
        else:
            known[id(tensor)] = value
            weakref.finalize(tensor, known.pop, id(tensor), None)
