"""Numbers, texts, arrays, and lists and dictionaries of these, as JSON with arrays beside it."""

from typing import Any

import numpy as np

from triceras.checkpoints.callback_changes import is_plain

ARRAY, TUPLE, PAIRS = "__array__", "__tuple__", "__pairs__"


def can_be_packed(value: Any) -> bool:
    """Whether a value is plain, but for names in its dictionaries that are no texts."""
    if isinstance(value, dict):
        return all(map(can_be_packed, [*value, *value.values()]))
    if isinstance(value, list | tuple):
        return not hasattr(value, "_fields") and all(map(can_be_packed, value))
    return is_plain(value)


def packed(value: Any, arrays: dict[str, np.ndarray], prefix: str) -> Any:
    """A value for JSON, whose arrays are moved to `arrays`.

    Args:
        value: what `can_be_packed` says of.
        arrays: by name; some are added.
        prefix: what their names begin with.
    """
    if isinstance(value, np.ndarray | np.generic) and not isinstance(value, str):
        name = f"{prefix}/{len(arrays):05d}"
        arrays[name] = np.array(value)
        return {ARRAY: name, "scalar": isinstance(value, np.generic)}
    if isinstance(value, dict) and not all(isinstance(name, str) for name in value):
        # JSON has texts alone as names.
        parts = value.items()
        return {PAIRS: [[packed(part, arrays, prefix) for part in pair] for pair in parts]}
    if isinstance(value, dict):
        return {name: packed(part, arrays, prefix) for name, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [packed(part, arrays, prefix) for part in value]
        return {TUPLE: parts} if isinstance(value, tuple) else parts
    return value


def unpacked(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Undoes `packed`."""
    if isinstance(value, dict) and ARRAY in value:
        array = arrays[value[ARRAY]]
        return array[()] if value["scalar"] else array
    if isinstance(value, dict) and PAIRS in value:
        return {unpacked(k, arrays): unpacked(v, arrays) for k, v in value[PAIRS]}
    if isinstance(value, dict) and TUPLE in value:
        return tuple(unpacked(part, arrays) for part in value[TUPLE])
    if isinstance(value, dict):
        return {name: unpacked(part, arrays) for name, part in value.items()}
    if isinstance(value, list):
        return [unpacked(part, arrays) for part in value]
    return value
