"""Keeps TensorFlow out of runs on other backends."""

import sys

import keras
from keras.src.utils import module_utils

PREPROCESSING = "keras.src.layers.preprocessing."


def keep_tensorflow_out() -> None:
    """Makes Keras use TensorFlow, on another backend, only once somebody has imported it.

    Keras imports it wherever it is installed, for `set_random_seed` and for saving: two seconds
    and several hundred MB. Who passes a `tf.data.Dataset` has imported it already, and Keras then
    takes it as ever.
    """
    lazy = getattr(module_utils, "tensorflow", None)
    # Where a later Keras has no such module, TensorFlow is imported, which is only slow.
    if keras.backend.backend() == "tensorflow" or not hasattr(type(lazy), "available"):
        return
    if isinstance(lazy, module_utils.LazyModule) and type(lazy) is not ImportedOnly:
        give_to_lookups(lazy)
        lazy.__class__ = ImportedOnly


def give_to_lookups(lazy: module_utils.LazyModule) -> None:
    """Lets the layers that look words and numbers up import TensorFlow, which they are made of."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PREPROCESSING) and getattr(module, "tf", None) is lazy:
            vars(module)["tf"] = module_utils.LazyModule(lazy.name)


class ImportedOnly(module_utils.LazyModule):
    """A lazy module that counts as available once it has been imported elsewhere."""

    @property
    def available(self) -> bool:
        return self.name in sys.modules
