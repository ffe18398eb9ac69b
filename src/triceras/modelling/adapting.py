"""What a model takes from the training data before its first step, for checkpoints to keep."""

import logging
from collections.abc import Iterator
from typing import Any

from triceras.checkpoints.changed_constants import belongs, can_be_kept
from triceras.engines.changes import absent_before, changes_of, copy_of, settings_of
from triceras.engines.constants import Constant, constants_of, mark
from triceras.engines.model_parts import layers_of
from triceras.modelling.attribute_digests import attribute_digests

log = logging.getLogger(__name__)


def adapt(model: Any, examples: Any) -> None:
    """Calls a model's `adapt`, and notes which numbers of its layers come from it.

    A checkpoint has these, as it has the variables: with other data `adapt` would find others. What
    it cannot hold is told of.

    Args:
        model: built; it need not be compiled.
        examples: what `adapt` is given.
    """
    changes, lost = changes_of(model), set()
    before, held = constants(model), attribute_digests(model)
    settings = settings_of(list(found_in(model)))
    model.adapt(examples)
    now = constants(model)
    keepable = [c for c in found_in(model) if can_be_kept(c)]
    names = {c.name for c in keepable}
    absent = {c.name: c for c in absent_before(now.values(), settings)}
    for name in before.keys() | now.keys():
        first, last = before.get(name, absent.get(name)), now.get(name)
        # What is none any longer no checkpoint gives back, and it is not taken away.
        if last is not None and (first is None or mark(first.value) != mark(last.value)):
            changes.note(name, first)
            changes.adapted.add(name)
            if not (name in names and belongs(last, first)):
                lost.add(name)
    kept = {(id(c.owner), c.attribute) for c in keepable}
    for place, (name, digest) in attribute_digests(model).items():
        if place not in kept and (place not in held or held[place][1] != digest):
            lost.add(name)
    if lost:
        log.warning(
            "adapt set %s, which no checkpoint keeps: with other data evaluate.py and predict.py "
            "take what these give; let it be a variable (add_weight), or a number or an array of "
            "NumPy",
            ", ".join(sorted(lost)),
        )


def constants(model: Any) -> dict[str, Constant]:
    """The constants of a model's layers by their names, with copies of their values."""
    return {c.name: c._replace(value=copy_of(c.value)) for c in found_in(model)}


def found_in(model: Any) -> Iterator[Constant]:
    """The constants of a model's layers."""
    return (constant for part in layers_of(model) for constant in constants_of(*part))
