"""`make project-check`: a project is made as a newcomer would, with nothing edited by hand.

The last commit is cloned; `scripts/new.py` gives the clone a name, with and without `--minimal`,
and adds one piece of each kind; each is trained, the experiment on all backends; style and the
lab's fast tests are checked, and that the engine room is what it was.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from triceras import project
from triceras.backend import installed
from triceras.config import ROOT
from triceras.errors import UserError
from triceras.scaffold.git import git
from triceras.scaffold.project import engine_paths

NAME = "neurofield"
PIECES = ("model", "layer", "data", "objective", "experiment")
LONGEST_LAB = 400
QUICK = ("logger=csv", "epochs=3", "max_steps=300")
# Those of what was added, and what is soon done.
QUICK_TESTS = "own_ or objectives or test_config or test_docs"
# Those of the engine room that look at all of a project.
AROUND = (
    *(f"tests/triceras/test_{name}.py" for name in ("config", "docs", "packaging", "walls")),
    "tests/triceras/benchmark",
    "tests/triceras/scaffold",
)
VARIANTS = {"shipped": (), "minimal": ("--minimal",)}


@dataclass
class Variant:
    """A project in a folder of its own.

    Args:
        name: one of `VARIANTS`.
        folder: where it is cloned to.
        python: the interpreter that runs its commands.
        steps: what was done: a name, seconds, and what went wrong, or nothing.
        commands: what new.py says of training each piece.
    """

    name: str
    folder: Path
    python: str
    steps: list[tuple[str, float, str]] = field(default_factory=list)
    commands: dict[str, list[str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether nothing went wrong so far."""
        return not any(fault for *_, fault in self.steps)

    def step(self, name: str, action: Callable[[], str | None]) -> None:
        """Does something, unless something before it went wrong.

        Args:
            name: for the table.
            action: returns what went wrong, or nothing.
        """
        if not self.good:
            return
        started = time.perf_counter()
        fault = action() or ""
        seconds = time.perf_counter() - started
        self.steps.append((name, seconds, fault))
        print(f"{self.name}: {name}: {'failed' if fault else 'good'}, {seconds:.0f} s", flush=True)

    def run(self, *arguments: str) -> Callable[[], str | None]:
        """An action that runs Python in the project, and is content with exit code 0."""

        def action() -> str | None:
            done = self.python_in_it(*arguments)
            return None if done.returncode == 0 else done.stdout

        return action

    def write(self, kind: str) -> Callable[[], str | None]:
        """An action that has new.py write a piece, and keeps what it says of training it."""

        def action() -> str | None:
            done = self.python_in_it("scripts/new.py", kind, f"own_{kind}")
            said = re.search(
                r"^train it: python (scripts/train\.py .+)$", done.stdout, re.MULTILINE
            )
            if done.returncode or not said:
                return done.stdout
            self.commands[kind] = said[1].split()
            return None

        return action

    def train(self, kind: str, backend: str) -> Callable[[], str | None]:
        """An action that trains a piece, compiled, and is content with a loss that falls."""

        def action() -> str | None:
            done = self.python_in_it(*self.commands[kind], f"backend={backend}", *QUICK)
            if done.returncode or "runs eagerly" in done.stdout:
                return done.stdout
            (run,) = [line for line in done.stdout.splitlines() if line.startswith("run: ")]
            with open(self.folder / run.removeprefix("run: ") / "steps.csv") as file:
                losses = [float(row["loss"]) for row in csv.DictReader(file)]
            start, end = (sum(part) / len(part) for part in (losses[:20], losses[-20:]))
            return None if end < start else f"the loss went from {start:.4g} to {end:.4g}"

        return action

    def python_in_it(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Python in the project, on its own sources."""
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            # What is installed may be another clone.
            env={**os.environ, "PYTHONPATH": str(self.folder / "src"), "WANDB_MODE": "disabled"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def check(variant: Variant, root: Path, backends: Sequence[str]) -> Variant:
    """Makes a project of the last commit, and checks it.

    Args:
        variant: what kind of project.
        root: the repository.
        backends: those to train on.
    """
    step = variant.step
    step("clone", lambda: git(root, "clone", "-q", str(root), str(variant.folder)) or None)
    step(
        "new.py project",
        variant.run("scripts/new.py", "project", NAME, "--no-tests", *VARIANTS[variant.name]),
    )
    for kind in PIECES:
        step(f"new.py {kind}", variant.write(kind))
    step("style", variant.run("-m", "ruff", "check", "."))
    step("format", variant.run("-m", "ruff", "format", "--check", "."))
    step("the engine room is untouched", lambda: touched(variant.folder))
    if variant.name == "minimal":
        step(f"at most {LONGEST_LAB} lines", lambda: too_long(variant.folder))
    for i, kind in enumerate(PIECES):
        for backend in backends if kind == "experiment" else [backends[i % len(backends)]]:
            step(f"train the {kind} on {backend}", variant.train(kind, backend))
    tests = f"tests/{NAME}"
    if variant.name == "minimal":
        around = variant.run("-m", "pytest", "-q", "-m", "once and not slow", *AROUND)
        step("the engine room's tests of what is around it", around)
        tested, chosen = list(backends), []
    else:
        # All that is shipped is tested under its old name elsewhere, on all backends.
        step("all tests are found", variant.run("-m", "pytest", "-q", "--collect-only", tests))
        tested, chosen = list(backends[:1]), ["-k", QUICK_TESTS]
    on = [word for backend in tested for word in ("--backend", backend)]
    run = variant.run("scripts/test.py", *on, "-m", "not slow", tests, *chosen)
    step(f"fast tests on {', '.join(tested)}", run)
    return variant


def touched(folder: Path) -> str | None:
    """What differs in the engine room from the last commit."""
    return git(folder, "diff", "--stat", "HEAD", "--", *engine_paths()) or None


def too_long(folder: Path) -> str | None:
    """Says so where a lab and its tests have too many lines, before anything was added."""
    own = git(folder, "ls-files", f"src/{NAME}", f"tests/{NAME}", "conf").split()
    lines = sum(len((folder / path).read_text().splitlines()) for path in own)
    print(f"minimal: {lines} lines in {len(own)} files", flush=True)
    return None if lines <= LONGEST_LAB else f"{lines} lines in {', '.join(own)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks both kinds of project that a template makes; prints a table.

    Args:
        arguments: `None` for those of this process.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python scripts/project_test.py", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="runs the project's commands")
    parser.add_argument("--variant", action="append", choices=VARIANTS, help="only this one")
    parser.add_argument("--jobs", type=int, default=2, help="projects at a time (default: 2)")
    options = parser.parse_args(arguments)
    if not project.is_template():
        # There, what was shipped may be gone, and this name may be its own.
        print("this project was made from a template, in which this is for checking: nothing to do")
        return 0
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="triceras-project-") as folder:
        variants = [
            Variant(name, Path(folder, name), options.python)
            for name in options.variant or VARIANTS
        ]
        with ThreadPoolExecutor(options.jobs) as pool:
            try:
                list(pool.map(lambda each: check(each, ROOT, installed()), variants))
            except UserError as error:
                print(f"error: {error}", file=sys.stderr)
                return 1
    table = Table("project", "step", "seconds", "")
    for variant in variants:
        for name, seconds, fault in variant.steps:
            table.add_row(variant.name, name, f"{seconds:.0f}", "failed" if fault else "good")
    for variant in variants:
        for name, _, fault in variant.steps:
            if fault:
                print(f"\n{variant.name}: {name} failed:\n{fault}")
    Console().print(table)
    print(f"{(time.perf_counter() - started) / 60:.1f} minutes")
    return 0 if all(variant.good for variant in variants) else 1
