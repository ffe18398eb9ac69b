"""Gives the lab a name: its folders, and every mention of it outside the engine room."""

import re
import shutil
from pathlib import Path

from triceras import project
from triceras.errors import UserError
from triceras.scaffold.git import git, tracked
from triceras.scaffold.names import title
from triceras.scaffold.project import in_engine_room, with_setting

MOVED = "tool.triceras.moved"

# How a project is made, as far as what is then added to it.
MAKING = re.compile(
    r"^## Your own project\n.*?^```bash\n(?=python scripts/new\.py model)", re.MULTILINE | re.DOTALL
)


def rename(root: Path, name: str) -> None:
    """Renames the lab of a project.

    Args:
        root: the folder of the project, a clean git working tree.
        name: the new name of the package, checked.
    """
    old = project.lab(root / "pyproject.toml")
    for wing in ("src", "tests"):
        if (root / wing / old).exists():
            # What Python has left there of an attempt that was taken back.
            shutil.rmtree(root / wing / name, ignore_errors=True)
            git(root, "mv", f"{wing}/{old}", f"{wing}/{name}")
    parts = {path.stem for path in (root / "src" / name).iterdir() if path.stem.isidentifier()}
    for path in tracked(root):
        if in_engine_room(path):
            continue
        try:
            text = (root / path).read_text()
        except UnicodeDecodeError:
            continue
        renamed = renamed_text(text, old, name, parts)
        if renamed != text:
            (root / path).write_text(renamed)
    name_project(root, old, name)


def renamed_text(text: str, old: str, name: str, parts: set[str]) -> str:
    """A text that calls the lab by another name.

    `lab` is a word as well: what names the package is recognised by what stands around it.

    Args:
        text: of any file.
        old: name of the package.
        name: its new name.
        parts: the names of its modules and packages.
    """

    def aligned(match: re.Match[str]) -> str:
        return f"{match[1]}{name}/".ljust(len(match[0]) - 1) + " "

    # In the map of a page, descriptions stay in their column.
    text = re.sub(rf"^((?:src|tests)/){old}/ {{2,}}", aligned, text, flags=re.MULTILINE)
    inner = "|".join(sorted(map(re.escape, parts))) or "(?!)"
    mentions = (
        rf"(?<![\w./-]){old}(?=\.(?:{inner})\b)",  # old.models.vae
        rf"(?<=\bfrom ){old}(?=\.|\s+import\b)",
        rf"(?<=\bimport ){old}(?=\s*(?:$|[,;.]|as\b))",
        rf"(?<=src/){old}\b",
        rf"(?<=tests/){old}\b",
        rf"(?:(?<=getLogger\(\")|(?<=getLogger\(')){old}(?=[\"'.])",
        rf"(?:(?<=package=\")|(?<=package=')){old}(?=[\"'])",
        rf"(?:(?<=[\"'])){old}(?=>[A-Z])",  # the name that Keras saves a class under
    )
    return re.sub("|".join(mentions), name, text, flags=re.MULTILINE)


def name_project(root: Path, old: str, name: str) -> None:
    """Writes a project's name where people and tools read it."""
    edit(root / "pyproject.toml", lambda text: with_moved(named_pyproject(text, name), old, name))
    edit(root / "conf" / "train.yaml", lambda text: named_train(text, name))
    edit(root / "README.md", lambda text: named_readme(text, name))


def named_pyproject(text: str, name: str) -> str:
    """`pyproject.toml` with another name."""
    text = with_setting(text, "name", name.replace("_", "-"), "project")
    text = with_setting(text, "description", f"{title(name)}: research in Keras 3.", "project")
    return with_setting(text, "lab", name)


def with_moved(text: str, old: str, name: str) -> str:
    """`pyproject.toml` that says where the code of runs made under the old name is now."""
    if f"\n[{MOVED}]\n" not in text:
        text = f"{text.rstrip()}\n\n[{MOVED}]\n"
    return with_setting(text, old, name, MOVED)


def named_train(text: str, name: str) -> str:
    """`conf/train.yaml` with another W&B project.

    Raises:
        UserError: it names none.
    """
    text, count = re.subn(r"^project: \S+", f"project: {name}", text, flags=re.MULTILINE)
    if not count:
        raise UserError("conf/train.yaml names no project: add the line `project: <name>`")
    return text


def named_readme(text: str, name: str) -> str:
    """A README with another title and beginning, which does not say how to make a project of it."""
    text = MAKING.sub("## What you add\n\n```bash\n", text)
    rest = re.search(r"^## ", text, re.MULTILINE)
    return f"""# {title(name)}

Research in [Keras 3](https://keras.io): a layer or a model is written **once**, trained on **JAX,
TensorFlow or PyTorch**, and gives **the same curve from the same seed** on all three. What is ours
is `src/{name}`, `tests/{name}` and `conf/`; the engine room, `src/triceras`, is that of the
template Triceras, and `python scripts/update.py` renews it.

{text[rest.start() :] if rest else ""}"""


def edit(path: Path, change) -> None:
    """Rewrites a file."""
    path.write_text(change(path.read_text()))
