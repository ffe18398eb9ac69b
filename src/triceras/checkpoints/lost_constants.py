"""What callbacks or `adapt` have changed of a model and a file of Keras's does not say."""

import logging
from pathlib import Path
from typing import Any

from triceras.checkpoints import keras_files
from triceras.checkpoints.changed_constants import (
    belongs,
    can_be_kept,
    held_in,
    inner_of,
    named_parts,
)
from triceras.engines.changes import changes_of
from triceras.engines.constants import each_constant, mark
from triceras.errors import one_line

log = logging.getLogger(__name__)


def tell_lost(model: Any, path: Path) -> None:
    """Says which numbers of a model's layers its file lacks, as `get_config` does not give them.

    Args:
        model: compiled and built.
        path: of the `.keras` file that it was saved in.
    """
    names = lost(model, path)
    if names:
        log.warning(
            "%s lacks %s, which a callback or adapt changed: get_config of the class has to give "
            "what it is by then; evaluate.py, predict.py and other formats of export.py have it",
            path.name,
            ", ".join(names),
        )


def lost(model: Any, path: Path) -> list[str]:
    """The names of what a file lacks; of what cannot be loaded, all."""
    first = changes_of(model).so_far(model)
    changed = [
        c
        for c in each_constant(model)
        if c.name in first and c.kind == "layer" and can_be_kept(c) and belongs(c, first[c.name])
    ]
    if not changed:
        return []
    try:
        loaded: Any = keras_files.load(path)
    except Exception as error:
        log.debug("%s cannot be loaded: %s", path, one_line(error))
        return [c.name for c in changed]
    order = {id(layer): i for i, layer in enumerate(model._flatten_layers())}
    there, layers = list(loaded._flatten_layers()), named_parts(model)["layer"]
    found = []
    for constant in changed:
        place = order[id(layers[constant.part])]
        owner = there[place] if len(there) == len(order) else None
        if owner is not None and constant.inner is not None:
            owner = inner_of(owner, constant.inner)
        value = getattr(owner, "__dict__", {}).get(constant.attribute)
        if mark(held_in(value)) != mark(held_in(constant.value)):
            found.append(constant.name)
    return found
