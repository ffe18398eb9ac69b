"""Where a stream of data is, as a part of a checkpoint."""

import base64
import logging
from typing import Any

import keras
import numpy as np

from triceras.checkpoints.callback_changes import is_plain
from triceras.data.stream_split import StreamSplit
from triceras.runs.context import Context

log = logging.getLogger(__name__)

BYTES, TENSOR = "__bytes__", "__tensor__"


class StreamState(keras.callbacks.Callback):
    """Keeps where the stream of the training data is.

    Args:
        split: the training data.
        context: of the run, whose recorder knows how many steps were taken.
    """

    def __init__(self, split: StreamSplit, context: Context):
        super().__init__()
        self.split = split
        self.context = context

    def get_state(self) -> dict[str, Any]:
        """The steps that were taken, and the state of the stream after them."""
        steps = self.context.recorder.step
        state = self.split.state_after(steps)
        try:
            return {"steps": steps, "state": plain(state)}
        except TypeError as error:
            log.warning(f"the stream's own state is not kept ({error}): a resumed run skips")
            return {"steps": steps, "state": None}

    def set_state(self, state: dict[str, Any]) -> None:
        """Goes on where the stream was."""
        if state["steps"]:
            how = self.split.go_to(state["steps"], restored(state["state"]))
            print(f"the stream goes on {how}", flush=True)
            log.info(f"the stream goes on {how}")


def plain(value: Any) -> Any:
    """A state in values that a checkpoint takes; never a pickle.

    Raises:
        TypeError: there is something else in it.
    """
    if isinstance(value, np.ndarray | np.generic) and not is_plain(value):
        raise TypeError(f"it holds an array of {value.dtype}")
    if value is None or isinstance(value, bool | int | float | str | np.ndarray | np.generic):
        return value
    if isinstance(value, bytes):
        return {BYTES: base64.b64encode(value).decode()}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: plain(part) for key, part in value.items()}
        return {"__pairs__": [[plain(key), plain(part)] for key, part in value.items()]}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if type(value).__module__ == "torch" and hasattr(value, "numpy"):
        return {TENSOR: value.numpy()}
    raise TypeError(f"it holds a {type(value).__name__}")


def restored(value: Any) -> Any:
    """Undoes `plain`."""
    if isinstance(value, dict):
        if BYTES in value:
            return base64.b64decode(value[BYTES])
        if TENSOR in value:
            import importlib

            return importlib.import_module("torch").from_numpy(np.array(value[TENSOR]))
        if "__pairs__" in value:
            return {as_key(restored(key)): restored(part) for key, part in value["__pairs__"]}
        return {key: restored(part) for key, part in value.items()}
    if isinstance(value, list):
        return [restored(part) for part in value]
    return value


def as_key(value: Any) -> Any:
    """The key of a dictionary, in which a list was a tuple, as no list can be one."""
    return tuple(map(as_key, value)) if isinstance(value, list) else value
