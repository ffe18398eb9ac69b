"""`python scripts/update.py`: today's engine room in a project made from an older one.

What has changed in the template's engine room since the project was made, or last updated, is
applied to the project's, as a merge would: a file that the project has not changed becomes the
template's, and where both changed the same lines git marks them. Nothing else is touched but the
commit that `pyproject.toml` records.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from triceras import project
from triceras.config import ROOT
from triceras.errors import UserError
from triceras.scaffold.git import attempt, check_clean, git
from triceras.scaffold.new import Parser, public
from triceras.scaffold.project import ENGINE_ROOM, engine_paths, with_setting

# What an update leaves alone and a newer engine room may want to see changed.
BESIDE = ("pyproject.toml", "conf/train.yaml", ".gitignore")


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    top = Parser(
        prog="python scripts/update.py", description="Takes a newer engine room from the template."
    )
    top.add_argument("--from", dest="source", help="URL or path of the template's repository")
    top.add_argument("--ref", default="HEAD", help="its branch, tag or commit (default: HEAD)")
    top.add_argument("--base", help="the template's commit that the project has now, if not known")
    return top


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Does what a command line says.

    Args:
        arguments: `None` for those of this process.
        root: the folder of the project.

    Returns:
        The exit code: 1 after an error, or where something is left to be merged by hand.
    """
    try:
        options = parser().parse_args(arguments)
        return update(root, options.source, options.ref, options.base)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def update(root: Path, source: str | None, ref: str, base: str | None) -> int:
    """Brings a project's engine room up to date.

    Args:
        root: the folder of the project, with nothing that is not committed.
        source: URL or path of the template; `None` for the one that the project recorded.
        ref: branch, tag or commit of the template.
        base: the template's commit that the project has; `None` to find it.

    Returns:
        The exit code: 1 where something is left to be merged by hand.

    Raises:
        UserError: nothing was changed.
    """
    check_clean(root)
    known = project.settings(root / "pyproject.toml")
    source = source or known.get("source")
    if not source:
        raise UserError(
            "pyproject.toml names no source of the template: give --from <url or path>, or write "
            'source = "<url>" into its [tool.triceras]'
        )
    git(root, "fetch", "--quiet", "--no-tags", "--", source, ref)
    new = git(root, "rev-parse", "FETCH_HEAD").strip()
    check_template(root, new, source)
    old = base_commit(root, known.get("commit"), new, base)
    listed = ENGINE_ROOM.relative_to(Path(__file__).parents[3]).as_posix()
    theirs = attempt(root, "show", f"{new}:{listed}").stdout.decode()
    paths = sorted({*engine_paths(), *engine_paths(theirs)})
    missing = [path for path in paths if not (root / path).exists()]
    conflicts = merge(root, old, new, [path for path in paths if path not in missing])
    for path in missing:
        # The engine room's since then, and perhaps taken out before.
        attempt(root, "checkout", new, "--", path)

    pyproject = with_setting((root / "pyproject.toml").read_text(), "commit", new)
    if public(source):
        pyproject = with_setting(pyproject, "source", public(source))
    (root / "pyproject.toml").write_text(pyproject)
    git(root, "add", "pyproject.toml")
    tell(root, old, new, paths, conflicts)
    return 1 if conflicts else 0


def check_template(root: Path, commit: str, source: str) -> None:
    """Checks that what was fetched is the template itself.

    Raises:
        UserError: it is a project that was made from one, or something else.
    """
    text = attempt(root, "show", f"{commit}:pyproject.toml").stdout.decode()
    said = tomllib.loads(text).get("tool", {}).get("triceras") if text else None
    if said is None:
        raise UserError(
            f"--from {source} is no Triceras: its pyproject.toml has no [tool.triceras]"
        )
    if "commit" in said:
        raise UserError(
            f"--from {source} is a project that was made from the template, not the template"
        )


def base_commit(root: Path, recorded: str | None, new: str, given: str | None = None) -> str:
    """The template's commit whose engine room a project has.

    Args:
        root: the folder of the project.
        recorded: what `pyproject.toml` says.
        new: the template's commit that was fetched.
        given: what a person said.

    Raises:
        UserError: it cannot be found.
    """
    if given or recorded:
        name = given or recorded
        known = attempt(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if known.returncode == 0:
            commit = known.stdout.decode().strip()
            if given or related(root, commit, new):
                return commit
            # A project begun by a copy without history has the template's folders, if not commits.
            if same := commit_with_folder(root, new, tree(root, commit)):
                return same
        elif given:
            raise UserError(f"--base {given} is no commit of the project or the template")
    common = attempt(root, "merge-base", "HEAD", new)
    if common.returncode == 0:
        return common.stdout.decode().strip()
    raise UserError(
        "the project and the template have no commit in common: give --base <the template's commit "
        "that the project was made from>"
    )


def related(root: Path, one: str, other: str) -> bool:
    """Whether one of two commits comes from the other."""
    return any(
        attempt(root, "merge-base", "--is-ancestor", *pair).returncode == 0
        for pair in ((one, other), (other, one))
    )


def tree(root: Path, commit: str) -> str:
    """The name that git has for the engine room's code in a commit."""
    return git(root, "rev-parse", f"{commit}:src/triceras").strip()


def commit_with_folder(root: Path, new: str, wanted: str) -> str | None:
    """The newest commit of a history in which the engine room's code is a certain one."""
    commits = git(root, "rev-list", new).split()
    questions = "".join(f"{commit}:src/triceras\n" for commit in commits)
    answers = git(root, "cat-file", "--batch-check=%(objectname)", stdin=questions.encode())
    for commit, answer in zip(commits, answers.splitlines(), strict=True):
        if answer == wanted:
            return commit
    return None


def merge(root: Path, old: str, new: str, paths: Sequence[str]) -> list[str]:
    """Applies what changed between two commits.

    Args:
        root: the folder of the project.
        old: the commit that the project has.
        new: the one that it is to have.
        paths: all else is left alone.

    Returns:
        The files in which both the project and the template changed the same lines.

    Raises:
        UserError: git refused, and nothing was changed.
    """
    kind = ("--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-color")
    patch = attempt(root, "diff", *kind, old, new, "--", *paths).stdout
    if not patch:
        return []
    done = attempt(root, "apply", "--3way", "--index", "--whitespace=nowarn", stdin=patch)
    conflicts = git(root, "diff", "--name-only", "--diff-filter=U").splitlines()
    if done.returncode and not conflicts:
        git(root, "reset", "--hard", "--quiet")
        lines = done.stderr.decode(errors="replace").splitlines()
        reasons = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        raise UserError(
            f"the engine room here is too far from the template's: {'; '.join(reasons[:3])}; put "
            f"back what is missing with `git checkout {old[:12]} -- <path>`, commit, and update"
        )
    return conflicts


def tell(root: Path, old: str, new: str, paths: Sequence[str], conflicts: Sequence[str]) -> None:
    """Prints what an update did, and what is left to do."""
    count = git(root, "rev-list", "--count", f"{old}..{new}", "--", *paths).strip()
    changed = git(root, "diff", "--cached", "--shortstat", "--", *paths).strip()
    if not changed and not conflicts:
        print(f"the engine room is that of {new[:12]} already")
    else:
        later = f"{count} commit{'' if count == '1' else 's'} later"
        print(f"the engine room is now that of {new[:12]}, {later}: {changed}")
    added = ("diff", "--cached", "--name-only", "--diff-filter=A", "--", "docs/triceras/*.md")
    for path in git(root, *added).splitlines():
        print(f"{path} is new: README.md, which is yours, may link it")
    for path in git(root, "diff", "--name-only", old, new, "--", *BESIDE).splitlines():
        print(
            f"{path} changed in the template too, and yours stays: "
            f"git diff {old[:12]} {new[:12]} -- {path}"
        )
    if conflicts:
        print(
            f"both changed {', '.join(conflicts)}: mend what git marked with <<<<<<<, `git add` "
            'it, then: make test-fast && git commit -m "Update the engine room"',
            file=sys.stderr,
        )
    elif attempt(root, "diff", "--cached", "--quiet").returncode:
        print('then: make test-fast && git commit -m "Update the engine room"')
