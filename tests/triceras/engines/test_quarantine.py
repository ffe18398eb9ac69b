import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[3]
FRAMEWORKS = {"jax", "jaxlib", "tensorflow", "torch"}
ENGINES = {ROOT / "src/triceras/engines" / f"{name}.py" for name in ("jax", "tensorflow", "torch")}


def sources():
    return sorted([*(ROOT / "src/triceras").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")])


def imported(path):
    """The top-level packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_only_engines_import_a_framework():
    guilty = {path for path in sources() if imported(path) & FRAMEWORKS}
    assert guilty == ENGINES


def test_an_engine_imports_no_other_framework():
    for path in ENGINES:
        assert imported(path) & FRAMEWORKS == {path.stem}
