"""Writes a file of one's own from a template."""

import re
import tokenize
from collections.abc import Mapping
from pathlib import Path

from triceras import project
from triceras.config import compose, files
from triceras.errors import UserError
from triceras.scaffold.names import camel, check_piece_name, title

TEMPLATES = Path(__file__).parent / "templates"
PACKAGE = "triceras.scaffold.templates"
# What each kind consists of, in TEMPLATES.
KINDS = {
    "model": ("models/example_model.py", "conf/model/example_model.yaml"),
    "layer": (
        "layers/example_layer.py",
        "conf/model/example_layer.yaml",
        "tests/layers/test_example_layer.py",
    ),
    "data": ("data/example_data.py", "conf/data/example_data.yaml"),
    "objective": (
        "objectives/example_objective.py",
        "conf/model/example_objective.yaml",
        "tests/objectives/test_example_objective.py",
    ),
    "experiment": ("conf/experiment/example_experiment.yaml",),
}


def write(root: Path, kind: str, name: str, others: Mapping[str, str] | None = None) -> list[Path]:
    """Writes the files of one kind.

    Args:
        root: the folder of the project.
        kind: one of `KINDS`.
        name: of what is written.
        others: names for the other kinds that a template mentions.

    Returns:
        The files, relative to the root.

    Raises:
        UserError: the name cannot be used, or a file exists.
    """
    check_piece_name(name, root)
    lab = project.lab(root / "pyproject.toml")
    names = {**(others or {}), kind: name}
    targets = {TEMPLATES / source: place(source, lab, names) for source in KINDS[kind]}
    for source, target in targets.items():
        if (root / target).exists():
            raise UserError(f"{kind} {name!r} exists: {target} is there; use another name")
        if (root / "src" / "triceras" / target).exists():
            raise UserError(
                f"{kind} {name!r} is one of the engine room's, whose place it would take "
                f"(src/triceras/{target}): use another name"
            )
        if source.suffix == ".py" and name in identifiers(source):
            raise UserError(f"{name!r} means something else within a {kind}: use another name")
    for source, target in targets.items():
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        (root / target).write_text(filled(source.read_text(), lab, names))
    return list(targets.values())


def place(source: str, lab: str, names: Mapping[str, str]) -> Path:
    """Where a template goes in a project."""
    path = filled(source, lab, names)
    wing, _, rest = path.partition("/")
    if wing == "conf" or not rest:
        return Path(path)
    return Path("tests", lab, rest) if wing == "tests" else Path("src", lab, path)


def filled(text: str, lab: str, names: Mapping[str, str]) -> str:
    """A template with a project's own names.

    Args:
        text: of a template.
        lab: name of the package.
        names: by kind; those that are not given stay.
    """
    text = text.replace(PACKAGE, lab).replace("example_lab", lab).replace("example_project", lab)
    text = text.replace("Example project", title(lab))
    for kind, name in names.items():
        text = text.replace(f"example_{kind}", name).replace(
            f"Example{kind.capitalize()}", camel(name)
        )
    return text


def identifiers(path: Path) -> set[str]:
    """The names that a Python file uses."""
    with tokenize.open(path) as file:
        tokens = tokenize.generate_tokens(file.readline)
        return {token.string for token in tokens if token.type == tokenize.NAME}


def defaults(root: Path) -> dict[str, str]:
    """What `conf/train.yaml` trains where nothing else is said, by group."""
    text = (root / "conf" / "train.yaml").read_text()
    return dict(re.findall(r"^  - (\w+): (\S+)$", text, re.MULTILINE))


def experiment_with_labels(root: Path) -> str | None:
    """An experiment whose model learns labels by one loss, as other models and data do too."""
    first = defaults(root).get("experiment")
    names = sorted(files("experiment"), key=lambda name: (name != first, name))
    for name in names:
        model = compose([f"experiment={name}"]).model
        if model.get("targets") == "labels" and model.get("loss"):
            return name
    return None
