"""The engine room never reaches into the project's own wing, nor the wing into its rooms."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from triceras import project
from triceras.config import ROOT
from triceras.testing import small

pytestmark = pytest.mark.once

LAB = project.lab()
ENGINE_ROOM = ("src/triceras", "tests/triceras", "scripts")
# Tests there make projects of their own, and this one says what it looks for.
LEFT_OUT = ("tests/triceras/scaffold/", "tests/triceras/test_walls.py")
IMPORTED = re.compile(rf"^\s*(import|from) {LAB}\b|(?<![\w.]){LAB}\.\w|\b(src|tests)/{LAB}\b")


def lines(*folders: str) -> Iterator[tuple[str, str]]:
    """Every line of code and configuration, with its place."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in (".py", ".yaml") and not name.startswith(LEFT_OUT):
                for number, line in enumerate(path.read_text().splitlines(), 1):
                    yield f"{name}:{number}", line


def choices(group: str) -> set[str]:
    """What the project can choose of a group of `conf/` and the small experiments cannot."""

    def names(folder: Path) -> set[str]:
        paths = folder.joinpath(group).rglob("*.yaml")
        return {str(path.relative_to(folder / group).with_suffix("")) for path in paths}

    return names(ROOT / "conf") - names(small.CONF)


def too_deep(path: Path) -> list[str]:
    """The modules within the engine room's rooms that a file imports."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
        elif isinstance(node, ast.Import):
            found += [name.name for name in node.names]
    return [name for name in found if name.startswith("triceras.") and name.count(".") > 1]


@pytest.mark.slow
def test_the_patterns_find_what_they_are_for():
    for line in (f"from {LAB} import x", f"import {LAB}.a", f"_target_: {LAB}.a.B", f"src/{LAB}"):
        assert IMPORTED.search(line)
    for line in (
        "from triceras import x",
        f"x{LAB}.y",
        f"a {LAB}. Then",
        f"the {LAB} of",
        f"from a import {LAB}",
    ):
        assert not IMPORTED.search(line)
    assert len(list(lines(*ENGINE_ROOM))) > 10_000


@pytest.mark.slow
def test_the_engine_room_does_not_know_the_project():
    assert [place for place, line in lines(*ENGINE_ROOM) if IMPORTED.search(line)] == []


@pytest.mark.slow
@pytest.mark.parametrize("group", ["experiment", "model"])
def test_the_engine_room_knows_no_experiment_by_name(group):
    names = choices(group)
    told = re.compile(rf"\b{group}=([\w/]+)")
    found = [
        f"{place}: {name}"
        for place, line in lines(*ENGINE_ROOM)
        for name in told.findall(line)
        if name in names
    ]
    assert found == []


def test_the_project_comes_in_by_the_front_doors():
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / "src" / LAB).rglob("*.py"))
        for name in too_deep(path)
    ]
    assert found == []
