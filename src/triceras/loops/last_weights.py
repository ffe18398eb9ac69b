"""Whether a run ends with other weights than those of its last validation."""

import hashlib

import keras


class LastWeights:
    """The weights that a run was validated with last.

    A callback may put the best ones in their place when training ends (`restore_best_weights`), and
    an optimizer the averages (`use_ema`): what is tested then is not what was validated.
    """

    def __init__(self):
        self.digest = b""

    def note(self, model: keras.Model) -> None:
        """Notes those that a model has now."""
        self.digest = digest(model)

    def replaced(self, model: keras.Model) -> bool:
        """Whether a model has others now."""
        return self.digest != digest(model)


def digest(model: keras.Model) -> bytes:
    """What is another one for other weights."""
    found = hashlib.blake2b(digest_size=16)
    for variable in model.weights:
        found.update(keras.ops.convert_to_numpy(variable.value).tobytes())
    return found.digest()
