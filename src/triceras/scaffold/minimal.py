"""Takes out all that was shipped, and leaves one small piece of each kind."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from triceras import project
from triceras.scaffold.git import git, tracked
from triceras.scaffold.project import in_engine_room
from triceras.scaffold.rename import edit
from triceras.scaffold.write import TEMPLATES, filled, write

NAMES = {
    "data": "spiral",
    "model": "perceptron",
    "layer": "residual",
    "objective": "focal_loss",
    "experiment": "spiral",
}
SHIPPED = ("conf", "guides", "benchmarks", "docs")
# The lab's front page, and its checks that hold for any lab; those of the template's pages do not.
KEPT = re.compile(r"src/\w+/__init__\.py|tests/\w+/(?!test_docs\.)\w+\.py")
MARKED = re.compile(r"<!-- shipped: begin -->.*?<!-- shipped: end -->\n*", re.DOTALL)
# Lines of the map of the house.
GONE_FOLDERS = (
    "  figures/            what a run draws\n",
    "  steps/              a training step that is not the usual one\n",
)
REQUIREMENTS = """\
# What the project's own code needs beside Keras, one a line; what the engine room needs comes with
# it, from src/triceras/requirements.
"""


def minimise(root: Path) -> None:
    """Puts the smallest lab in the place of the one that is there.

    Args:
        root: the folder of the project.
    """
    lab = project.lab(root / "pyproject.toml")
    folders = (Path("src", lab), Path("tests", lab), *map(Path, SHIPPED))
    gone = [
        str(path)
        for path in tracked(root)
        if any(path.is_relative_to(folder) for folder in folders)
        and not in_engine_room(path)
        and not KEPT.fullmatch(path.as_posix())
    ]
    git(root, "rm", "-q", "-f", "--pathspec-from-file=-", stdin="\n".join(gone).encode())
    remove_leavings([root / folder for folder in folders])
    for kind, name in NAMES.items():
        write(root, kind, name, NAMES)
    for path in [*TEMPLATES.glob("*/__init__.py"), TEMPLATES / "conf" / "train.yaml"]:
        place = Path("src", lab) if path.suffix == ".py" else Path()
        target = root / place / path.relative_to(TEMPLATES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(path.read_text(), lab, NAMES))
    edit(root / "README.md", without_shipped_groups)
    (root / "requirements.txt").write_text(REQUIREMENTS)
    edit(root / "pyproject.toml", without_shipped)


def remove_leavings(folders: Sequence[Path]) -> None:
    """Removes what Python has left in folders of which nothing else is there any more."""
    for folder in folders:
        inside = sorted(path for path in folder.rglob("*") if path.is_dir())
        for path in [*reversed(inside), folder]:
            if path.is_dir() and all(one.name == "__pycache__" for one in path.iterdir()):
                shutil.rmtree(path)


def without_shipped_groups(text: str) -> str:
    """The front page without what is marked, and without the folders that are gone."""
    text = MARKED.sub("", text)
    for gone in (*GONE_FOLDERS, " optimizer,", " figures,"):
        text = text.replace(gone, "", 1)
    return text


def without_shipped(text: str) -> str:
    """`pyproject.toml` without the folders and the code that are gone."""
    text = re.sub(r"\n(?:#[^\n]*\n)*\[tool\.triceras\.moved\]\n(?:[^\[\n][^\n]*\n)*", "", text)
    text = re.sub(r'^(include = \[.*?)"guides", ', r"\1", text, flags=re.MULTILINE)
    text = re.sub(r'^# Prose is in the cells[^\n]*\n"guides/[^\n]*\n', "", text, flags=re.MULTILINE)
    return re.sub(
        r'\n\[\[tool\.pyright\.executionEnvironments\]\]\nroot = "guides"\n(?:[^\[\n][^\n]*\n)*',
        "",
        text,
    )
