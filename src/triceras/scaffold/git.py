"""Git, asked as a person would ask it."""

import subprocess
from pathlib import Path

from triceras.errors import UserError, one_line
from triceras.shortened import shortened


def git(root: Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Runs a git command and returns what it printed.

    Args:
        root: the folder of the project.
        *arguments: of git.
        stdin: what git reads.

    Raises:
        UserError: git said no, or is not there.
    """
    done = attempt(root, *arguments, stdin=stdin)
    if done.returncode:
        reason = one_line(Exception(done.stderr.decode(errors="replace")))
        raise UserError(f"git {arguments[0]} failed: {reason}")
    return done.stdout.decode(errors="surrogateescape")


def attempt(
    root: Path, *arguments: str, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Runs a git command, whatever comes of it."""
    try:
        return subprocess.run(["git", *arguments], cwd=root, input=stdin, capture_output=True)
    except FileNotFoundError as error:
        raise UserError("git is not installed here, and is needed for this") from error


def check_clean(root: Path) -> None:
    """Checks that nothing would be lost by going back to the last commit.

    Raises:
        UserError: this is no git repository of its own, or has changes that are not committed.
    """
    top = attempt(root, "rev-parse", "--show-toplevel").stdout.decode().strip()
    if not top or Path(top).resolve() != root.resolve():
        raise UserError(f"{root} is no git repository: clone the template into one")
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        paths = shortened([line[3:] for line in changed], 3)
        raise UserError(f"{paths}: changes that are not committed; commit them first")


def tracked(root: Path) -> list[Path]:
    """The files that git knows, relative to the root."""
    listed = git(root, "ls-files", "-z").split("\0")
    return [Path(path) for path in listed if path and (root / path).is_file()]
