"""`python scripts/new.py`: a project of one's own, and what is in it."""

import argparse
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from hydra.core.hydra_config import HydraConfig

from triceras import project
from triceras.children import ending_with_us
from triceras.config import ROOT, compose, files
from triceras.errors import UserError
from triceras.scaffold.git import attempt, check_clean, git, tracked
from triceras.scaffold.minimal import minimise
from triceras.scaffold.names import check_project_name
from triceras.scaffold.project import engine_paths, in_engine_room, with_setting
from triceras.scaffold.rename import edit, rename
from triceras.scaffold.stage import stage
from triceras.scaffold.write import KINDS, experiment_with_labels, write

UNDO = "`git reset --hard && git clean -fd` brings back what was"


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}: `{self.prog} --help` says what there is")


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    top = Parser(prog="python scripts/new.py", description=__doc__)
    kinds = top.add_subparsers(dest="kind", required=True, metavar="KIND", parser_class=Parser)
    whole = kinds.add_parser("project", help="give the lab a name of your own")
    whole.add_argument("name", help="of the package, for example neurofield")
    whole.add_argument(
        "--minimal",
        action="store_true",
        help="leave one small piece of each kind",
    )
    whole.add_argument(
        "--no-tests", action="store_true", help="do not run the fast tests at the end"
    )
    for kind, sources in KINDS.items():
        wrote = ", ".join(Path(source).parts[0] for source in sources)
        each = kinds.add_parser(kind, help=f"write one that trains at once ({wrote})")
        each.add_argument("name", help="for example spiral_arms")
        if kind == "experiment":
            each.add_argument("--data", help="a data set in conf/data")
            each.add_argument("--model", help="a model in conf/model")
    return top


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Does what a command line says.

    Args:
        arguments: `None` for those of this process.
        root: the folder of the project.

    Returns:
        The exit code.
    """
    try:
        options = parser().parse_args(arguments)
        with ending_with_us():
            if options.kind == "project":
                return new_project(root, options.name, options.minimal, not options.no_tests)
            new_piece(root, options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def new_project(root: Path, name: str, minimal: bool, tests: bool) -> int:
    """Makes the lab a project's own.

    Args:
        root: the folder of the project.
        name: of the package.
        minimal: take out what is shipped.
        tests: run the fast tests.

    Returns:
        The exit code: 0 where style and tests are good.

    Raises:
        UserError: the name cannot be used, or something is not committed; nothing is changed then.
    """
    check_project_name(name, root)
    check_clean(root)
    found = {
        "commit": template_commit(root),
        "source": public(attempt(root, "remote", "get-url", "origin").stdout.decode().strip()),
    }
    known = project.settings(root / "pyproject.toml")
    try:
        rename(root, name)
        if minimal:
            minimise(root)
        if "commit" not in known:
            # A project that is given another name comes from where it came from before.
            edit(root / "pyproject.toml", lambda text: with_settings(text, found))
        git(root, "add", "--all")
    except BaseException as error:
        print(f"stopped half-way: {UNDO}", file=sys.stderr)
        if isinstance(error, UserError | KeyboardInterrupt | SystemExit):
            raise
        raise UserError(f"{type(error).__name__}: {error}") from error
    count = len(git(root, "diff", "--cached", "--name-only").splitlines())
    print(
        f"src/{name}, tests/{name} and conf are yours: {count} files changed; "
        "see `git diff --cached --stat`"
    )
    try:
        good = checked(root, tests)
    except KeyboardInterrupt:
        print(f"{name} is made all the same: `make test-fast` tests it, or {UNDO}", file=sys.stderr)
        raise
    git(root, "add", "--all")
    if good:
        print(f'then: git commit -m "Begin {name}" && make train')
        return 0
    print(f"something above failed: mend it, or {UNDO}", file=sys.stderr)
    return 1


def with_settings(text: str, values: Mapping[str, str]) -> str:
    """`pyproject.toml` with several settings of `[tool.triceras]`; empty ones are left out."""
    for key, value in values.items():
        text = with_setting(text, key, value) if value else text
    return text


def public(url: str) -> str:
    """A remote's address as it may stand in a file: no path of a machine, no password."""
    scheme, mark, rest = url.partition("://")
    if mark and scheme != "file":
        host, slash, path = rest.partition("/")
        return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
    return url if not mark and "@" in url.partition(":")[0] and ":" in url else ""


def checked(root: Path, tests: bool) -> bool:
    """Mends and checks style, then runs the fast tests.

    Args:
        root: the folder of the project.
        tests: run them.

    Returns:
        Whether all was good.
    """
    if importlib.util.find_spec("ruff") and importlib.util.find_spec("pytest"):
        ruff = [sys.executable, "-m", "ruff"]
        sources = [path for path in tracked(root) if path.suffix == ".py"]
        own = sorted({top(path) for path in sources if not in_engine_room(path)})
        stages = {
            "mend style": [*ruff, "check", "--fix", "--quiet", *own],
            "format": [*ruff, "format", "--quiet", *own],
            # Of the engine room nobody is to mend anything.
            "check style": [*ruff, "check", "--quiet", *own],
        }
        test = [sys.executable, "scripts/test.py", "-m", "not slow"]
    else:
        # make installs them.
        stages = {"install what mends style, mend it": ["make", "--silent", "format"]}
        test = ["make", "--silent", "test-fast"]
    if tests:
        stages["fast tests, some minutes (--no-tests leaves them out)"] = test
    return all(stage(root, name, command) for name, command in stages.items())


def top(path: Path) -> str:
    """The highest folder of a file with nothing of the engine room in it, or the file."""
    rooms = [Path(room) for room in engine_paths()]
    folders = [*reversed(path.parents[:-1]), path]
    return str(next(f for f in folders if not any(room.is_relative_to(f) for room in rooms)))


def new_piece(root: Path, options: argparse.Namespace) -> None:
    """Writes the files of one kind, and says how it is trained.

    Args:
        root: the folder of the project.
        options: `kind`, `name`, and for an experiment `data` and `model`.

    Raises:
        UserError: nothing was written.
    """
    kind, name = options.kind, options.name
    base = experiment_with_labels(root)
    labelled = base or "<one with labels>"
    others = usual(base) if kind == "experiment" else {}
    for group in others:
        if chosen := getattr(options, group):
            if chosen not in files(group):
                raise UserError(
                    f"{group} {chosen!r} is unknown: use one of {', '.join(files(group))}"
                )
            others[group] = chosen
    for path in (paths := write(root, kind, name, {"experiment": labelled, **others})):
        print(f"wrote {path}")
    if len(paths) > 1:
        print(f"these {len(paths)} go together: delete all of them to be without this {kind}")
    setting = f"experiment={name}"
    if kind != "experiment":
        group = "data" if kind == "data" else "model"
        setting = f"experiment={labelled} {group}={name}"
    print(f"train it: python scripts/train.py {setting}")
    for path in paths:
        if path.parts[0] == "tests":
            # Not scripts/test.py: make installs what tests need, which `make setup` does not.
            print(f'test it: make test ARGS="{path}"')


def usual(experiment: str | None) -> dict[str, str]:
    """The data set and the model of an experiment, or of none."""
    compose([f"experiment={experiment}"] if experiment else [])
    choices = HydraConfig.get().runtime.choices
    return {group: choices[group] for group in ("data", "model")}


def template_commit(root: Path) -> str:
    """The template's commit that a clone has, whatever was committed to it since."""
    common = attempt(root, "merge-base", "HEAD", "origin/HEAD")
    if common.returncode == 0:
        return common.stdout.decode().strip()
    return git(root, "rev-parse", "HEAD").strip()
