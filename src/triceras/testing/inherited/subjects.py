"""What there is to test, by the files in `conf/`; nothing is composed or imported for it."""

import dataclasses
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from triceras.config import files, own_folder

CHOOSES_MODEL = re.compile(r"(override )?/?model")


@dataclasses.dataclass(frozen=True)
class Subject:
    """Something to test.

    Args:
        kind: `model`, `experiment`, `data`, `layer` or `objective`.
        name: that of its file in the folder of its kind, without `.yaml`.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}[{self.name}]"

    @property
    def path(self) -> Path:
        """Its YAML file, which may be missing for a layer or an objective."""
        return own_folder() / self.kind / f"{self.name}.yaml"

    @property
    def file(self) -> str:
        """Its YAML file as a person is told of it."""
        return f"{own_folder().name}/{self.kind}/{self.name}.yaml"


def subjects(kind: str) -> list[Subject]:
    """All that the project itself has of a kind."""
    own = own_folder()
    return [Subject(kind, name) for name, path in files(kind).items() if path.is_relative_to(own)]


def trained() -> list[Subject]:
    """What is trained: every experiment, and every model that none of them trains."""
    used = {model_of(experiment) for experiment in subjects("experiment")}
    return [
        *subjects("experiment"),
        *(model for model in subjects("model") if model.name not in used),
    ]


def experiment_with(model: Subject) -> str | None:
    """The experiment to test a model in: the one its file names, else one that trains it."""
    named = (read(model.path).get("tests") or {}).get("experiment")
    found = (e.name for e in subjects("experiment") if model_of(e) == model.name)
    return named or next(found, None)


def model_of(experiment: Subject) -> str | None:
    """The model that an experiment trains."""
    chosen = chosen_model(experiment.path)
    return chosen or chosen_model(own_folder() / "train.yaml")


def chosen_model(path: Path) -> str | None:
    """The model that a file's defaults choose; of several, the last one counts."""
    found = None
    for entry in read(path).get("defaults", []):
        for key, value in choices(entry):
            if CHOOSES_MODEL.fullmatch(key):
                found = value
            elif key == "":
                found = chosen_model(inherited(path, value)) or found
    return found


def choices(entry: Any) -> Iterator[tuple[str, str]]:
    """A group and the chosen file for each that an entry of a defaults list chooses."""
    if isinstance(entry, str):
        yield "", entry
    elif isinstance(entry, dict):
        yield from ((str(key), str(value)) for key, value in entry.items())


def inherited(path: Path, name: str) -> Path:
    """The file that another one begins with, whose name is absolute or of the same folder."""
    whole = own_folder() / f"{name.lstrip('/')}.yaml"
    return whole if name.startswith("/") else path.with_name(f"{name}.yaml")


def read(path: Path) -> dict[str, Any]:
    """A YAML file, or nothing where there is none; what is wrong in it shows when it is used."""
    return dict(parsed(path, path.stat().st_mtime_ns)) if path.is_file() else {}


@functools.lru_cache
def parsed(path: Path, changed: int) -> dict[str, Any]:
    """The content of a file that was last changed at a time."""
    try:
        found = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    except Exception:
        return {}
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportReturnType]
