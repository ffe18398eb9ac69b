"""What a run keeps of its data, so that other data are seen as it saw its own."""

import dataclasses
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from triceras.data.dataset import Dataset, Split
from triceras.data.dividing import VERSION
from triceras.errors import UserError
from triceras.runs.folder import write_json
from triceras.tracking.redaction import without_secrets

NAME = "data.json"

log = logging.getLogger(__name__)


def keep(folder: Path, data: Dataset, division: int = VERSION) -> None:
    """Writes what a model may be built with, and `Dataset.kept`, into a run folder.

    Args:
        folder: the run folder.
        data: the data set.
        division: the version of `triceras.data.dividing` by which its rows were divided.
    """
    declares = {name: plain(value) for name, value in data.declares.items()}
    good = {name: value for name, value in declares.items() if can_be_written(name, value)}
    written = {
        "classes": plain(data.classes),
        "image_shape": plain(data.image_shape),
        "declares": good,
        "not_written": sorted(declares.keys() - good.keys()),
        "kept": dict(data.kept),
        "division": division,
        "labels": plain(data.labels),
        "parts": {
            name: {"shape": plain(data.train.shape(name)), "dtype": data.train.dtype(name)}
            for name in data.train.parts
        },
    }
    write_json(folder / NAME, written)


def kept(folder: Path | None) -> dict[str, Any] | None:
    """What a run has kept of its data, for the source to be given again.

    Args:
        folder: the run folder, or `None` for a run that has none yet.

    Returns:
        `Dataset.kept`, or `None` where nothing was kept.

    Raises:
        UserError: the file cannot be read.
    """
    return read(folder).get("kept") or None


def division_of(folder: Path | None) -> int:
    """The version of `triceras.data.dividing` by which the rows of a run's data were divided.

    Args:
        folder: the run folder, or `None` for a run that has none yet.

    Raises:
        UserError: the file cannot be read.
    """
    found = read(folder)
    if folder is None or not found:
        # The oldest runs have no such file, and those that ended at once no steps either.
        return 1 if folder is not None and (folder / "steps.csv").exists() else VERSION
    return found.get("division", 1)


def as_declared(
    folder: Path, data: Dataset, typed: frozenset[str] = frozenset(), compare: bool = True
) -> Dataset:
    """Data that declare what a run's own data did, as its model was built with that.

    Args:
        folder: the run folder.
        data: those that the run is looked at with.
        typed: of `classes`, `image_shape` and `declares`, what is to stay as the data say.
        compare: whether outputs are compared with their labels.

    Returns:
        Data with the run's `classes` and `declares`, and its `image_shape` where they have none.

    Raises:
        UserError: the file cannot be read, or the data have more classes than the run's had.
    """
    found = read(folder)
    if not found:
        return data
    changes: dict[str, Any] = {}
    if "classes" not in typed:
        classes = found["classes"]
        if compare and None not in (classes, data.classes) and data.classes > classes:
            raise UserError(
                f"the data {data.name} have {data.classes} classes, and the run {folder} was "
                f"trained with {classes}: give it data whose labels are below {classes}, or "
                "data.classes=null where they are numbers and no classes"
            )
        changes["classes"] = classes
    if "image_shape" not in typed and data.image_shape is None and found["image_shape"]:
        changes["image_shape"] = tuple(found["image_shape"])
    if "declares" not in typed:
        changes["declares"] = merged(folder, found, data)
    return dataclasses.replace(data, **changes)


def with_lacking_parts(folder: Path, data: Dataset) -> Dataset:
    """Data of one test row that has all parts of the run's own, with zeros for those it lacks.

    Args:
        folder: the run folder.
        data: those that the run is looked at with.

    Raises:
        UserError: the file cannot be read.
    """
    found = read(folder)
    row = data.test.take(slice(1))
    lacking = {name: part for name, part in found.get("parts", {}).items() if name not in row}
    if not lacking:
        return data
    for name, part in lacking.items():
        # Where examples differ in length, any is one.
        shape = [1 if length is None else length for length in part["shape"]]
        row[name] = np.zeros((1, *shape), part["dtype"])
    return dataclasses.replace(data, test=Split(row), labels=found["labels"])


def warn_of_changes(folder: Path, data: Dataset) -> None:
    """Says what the data of a resumed run declare otherwise than before."""
    found = read(folder)
    if not found:
        return
    before = {key: found[key] for key in ("classes", "image_shape")} | found["declares"]
    now = {"classes": data.classes, "image_shape": data.image_shape} | dict(data.declares)
    for name in sorted(before.keys() | now.keys() - set(found["not_written"])):
        old, new = before.get(name), plain(now.get(name))
        if old != new:
            log.warning(
                f"the data {data.name} declare {name}={new}, and it was {old} when the run began: "
                "the model goes on with the new value"
            )


def merged(folder: Path, found: Mapping[str, Any], data: Dataset) -> dict[str, Any]:
    """What the run's data declared; of what was not written, what these data say."""
    declares = dict(found["declares"])
    for name, value in data.declares.items():
        if name in found["not_written"]:
            log.warning(
                f"{name}, which the data of {folder} declared, was not written down, as it is no "
                "text, number, list or dictionary, or has the name of a secret: what "
                f"{data.name} declare is taken"
            )
            declares[name] = value
        elif name in declares and declares[name] == plain(value):
            declares[name] = value
    return declares


def plain(value: Any) -> Any:
    """A value as JSON gives it back, where JSON can."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: plain(one) for key, one in value.items()}
    return value


def can_be_written(name: str, value: Any) -> bool:
    """Whether a value that is `plain` is JSON and no secret."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return without_secrets({name: value}) == {name: value}


def read(folder: Path | None) -> dict[str, Any]:
    """The file of a run folder; nothing where there is none."""
    path = folder / NAME if folder else None
    if path is None or not path.exists():
        return {}
    try:
        found = json.loads(path.read_text())
        if not {"classes", "image_shape", "declares", "not_written", "kept"} <= found.keys():
            raise ValueError("something is missing in it")
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(
            f"{path} cannot be read ({error}): put it back, as other data would not be seen as the "
            "run saw its own"
        ) from error
    return found
