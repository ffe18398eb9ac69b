"""Whether the outputs of a model are log odds."""

from typing import Any

import keras


def takes_logits(loss: Any) -> bool | None:
    """Whether a loss reads log odds; of one that does not say, and is none of Keras's, `None`."""
    if isinstance(loss, dict | list | tuple):
        found = {takes_logits(one) for one in keras.tree.flatten(loss)}
        return found.pop() if len(found) == 1 else None
    if hasattr(loss, "from_logits"):
        return bool(loss.from_logits)
    kind = type(loss) if isinstance(loss, keras.losses.Loss) else loss
    return False if str(getattr(kind, "__module__", "keras")).startswith("keras") else None
