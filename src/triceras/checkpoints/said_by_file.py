"""What the file of other data says itself, where it is not that of a run's own."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.config import files
from triceras.environment import chosen_in, typed_in
from triceras.errors import UserError
from triceras.replaced import contents
from triceras.runs import record

GROUP = "data"
# What a file sets that is no setting of its data.
OF_NO_DATA = {"defaults", "_target_", "tests"}


def counted(folder: Path, data: DictConfig, own: DictConfig) -> frozenset[str]:
    """The keys of other data that count as their file says them, and not as a run had them.

    Args:
        folder: of the run.
        data: the other data, as they were composed.
        own: the run's.

    Raises:
        UserError: the run does not know of which file its data were, so that nobody can say whether
            they are these.
    """
    name, before = chosen_in(GROUP), record.read(folder)
    if name == before.get("data_choice"):
        return frozenset()
    said = said_by(name, before.get("data_choice")) - typed_in(GROUP)
    others = sorted(key for key in said & own.keys() - {"path"} if own.get(key) != data.get(key))
    if others and "data_choice" not in before:
        raise UserError(
            f"data={name} sets {', '.join(others)} otherwise than the run {folder} had it, which "
            "is too old to say of which file its data were: type what counts, as in "
            f"data.{others[0]}=<value>"
        )
    return said


def said_by(name: Any, own: Any = None) -> frozenset[str]:
    """The keys that a file of data sets in the place of those of a file that it takes.

    What stands in a file that takes no other, as in the engine room's `arrays`, is what its source
    begins with, and nobody has said it of these data. Nor has anybody what stands in a file of
    which a run's own data were: there the run may have been told otherwise.

    Args:
        name: of the file, without its ending.
        own: of that of the run's data, if it is known.
    """
    available = files(GROUP)
    if name not in available:
        return frozenset()
    known = [*contents(available[own], available)] if own in available else []
    said = [one for one in contents(available[name], available) if "defaults" in one]
    return frozenset(key for one in said if one not in known for key in one) - OF_NO_DATA
