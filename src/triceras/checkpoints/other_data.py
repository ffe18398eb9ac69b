"""Whether other data have the scale and the numbers that a run was trained on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from triceras.data.parts import inputs_of, label_of
from triceras.data.tree import leaves
from triceras.errors import UserError

NORMALIZATION, VOCABULARIES = "normalization", "vocabularies"


def check_scale(
    data: Any, kept: Mapping[str, Any], config: Mapping[Any, Any], typed: Iterable[str] = ()
) -> None:
    """Checks that the features of data have the scale that a run has kept.

    Args:
        data: the data set that a run is looked at with.
        kept: what the run has kept of its own (`Dataset.kept`).
        config: that of the data.
        typed: settings of the data that a person has typed: whoever says `normalize` has said what
            the scale is.

    Raises:
        UserError: they have none or another one, so that all that is computed of them would be
            wrong.
    """
    own, known = (each.get(NORMALIZATION, {}) for each in (data.kept, kept))
    if "normalize" in typed:
        # Of its own, a scale is another one all the same.
        known = {part: scale for part, scale in known.items() if part in own}
    for part in known:
        if part in data.train.parts and own.get(part) != known[part]:
            told = ""
            if "normalize" in config:
                told = "; or type data.normalize=false, where they are on that scale already"
            raise UserError(
                f"the data {data.name} have {'another' if part in own else 'no'} scale "
                "(normalize), and those that the run was trained on had one, in the part "
                f"{part!r}: let {config.get('_target_')} take kept=None and hand it on to "
                f"triceras.data.split_parts{told}"
            )


def check_numbers(
    data: Any, kept: Mapping[str, Any], model: Mapping[str, Any], compare: bool = True
) -> None:
    """Checks that texts became whole numbers in other data where they did in a run's own.

    Args:
        data: the other data.
        kept: what the run has kept of its own.
        model: `config.model`, which may name the parts that it is given and compared with.
        compare: whether outputs are compared with labels, which do not matter otherwise.

    Raises:
        UserError: one of the two has texts and the other has numbers, or other texts.
    """
    own, known = (each.get(VOCABULARIES, {}) for each in (data.kept, kept))
    for part in used_parts(data, model, compare):
        if own.get(part) == known.get(part):
            continue
        raise UserError(
            f"the data {data.name} have {in_words(own.get(part))} in the part {part!r}, and those "
            f"that the run was trained on had {in_words(known.get(part))}: which number a text is "
            "would be another one; give it data with the same"
        )


def in_words(texts: Sequence[str] | None) -> str:
    """The first of some texts, for a message."""
    if texts is None:
        return "numbers"
    return f"texts ({', '.join(map(repr, texts[:3]))}{', ...' if texts[3:] else ''})"


def used_parts(data: Any, model: Mapping[str, Any], compare: bool) -> list[str]:
    """The parts of data that a model is given, and compared with."""
    trees = [inputs_of(data), model.get("inputs")]
    if compare:
        trees += [label_of(data), model.get("targets")]
    names = [name for tree in trees if tree is not None for name in leaves(tree)]
    return [name for name in dict.fromkeys(names) if name in data.train.parts]
