"""Names of projects and of what is in them."""

import importlib.util
import keyword
import re
import sys
import sysconfig
from pathlib import Path

from triceras.errors import UserError

LONGEST = 30
WORDS = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def camel(name: str) -> str:
    """`spiral_arms` as `SpiralArms`."""
    return "".join(word.capitalize() for word in name.split("_"))


def title(name: str) -> str:
    """`spiral_arms` as `Spiral arms`."""
    return name.replace("_", " ").capitalize()


def check_name(name: str) -> None:
    """Checks that Python, Hydra and a file system can all use a name.

    Raises:
        UserError: they cannot.
    """
    if not WORDS.fullmatch(name):
        raise UserError(
            f"{name!r} is no name: use lower-case letters, digits and single underscores, and "
            "begin with a letter, for example spiral_arms"
        )
    if len(name) > LONGEST:
        raise UserError(f"{name!r} is {len(name)} characters long: use at most {LONGEST}")
    if keyword.iskeyword(name):
        raise UserError(f"{name!r} is a word of Python itself: use another")


def check_piece_name(name: str, root: Path) -> None:
    """Checks that a piece of a project may have a name.

    Args:
        name: of a model or a data set, for example.
        root: the folder of the project.

    Raises:
        UserError: it is no name, or that of a package, which its file would be mistaken for.
    """
    check_name(name)
    own = {path.name for path in (root / "src").glob("*")}
    if name in {*pinned(root), *installed_modules(), *own, "triceras"}:
        raise UserError(f"{name!r} is the name of a package that is used here: use another")


def check_project_name(name: str, root: Path) -> None:
    """Checks that a project's package may have a name.

    Args:
        name: of the package.
        root: the folder of the project.

    Raises:
        UserError: it is no name, or something else has it.
    """
    check_name(name)
    if any(holds_files(root / wing / name) for wing in ("src", "tests")):
        raise UserError(f"{name!r} exists: src/{name} and tests/{name} must not be there yet")
    if (root / name).exists():
        raise UserError(f"{name!r} is the name of something in this folder: use another")
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        raise UserError(f"{name!r} is a module of Python itself: use another")
    if importlib.util.find_spec(name) is not None or name in pinned(root):
        raise UserError(f"{name!r} is the name of a package that is used here: use another")


def holds_files(folder: Path) -> bool:
    """Whether a folder holds more than what Python has left there."""
    return any(path.is_file() and path.suffix != ".pyc" for path in folder.rglob("*"))


def installed_modules() -> set[str]:
    """The modules and packages that are installed beside this interpreter, by their files.

    Each distribution's list of its own, of which `importlib.metadata` makes the same, is a second
    to read.
    """
    folders = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    return {path.name.partition(".")[0] for folder in folders for path in Path(folder).iterdir()}


def pinned(root: Path) -> set[str]:
    """The packages of `requirements.lock`, installed or not, as a module would spell them."""
    text = (root / "requirements.lock").read_text()
    found = re.findall(r"^[\w.-]+(?===)", text, re.MULTILINE)
    return {name.lower().replace("-", "_") for name in found}
