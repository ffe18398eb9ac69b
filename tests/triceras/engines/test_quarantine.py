import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[3]
ENGINES = ROOT / "src/triceras/engines"
PACKAGES = {"jax": {"jax", "jaxlib"}, "tensorflow": {"tensorflow"}, "torch": {"torch"}}


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


def allowed(path):
    """The frameworks that a file may import: in engines/, the one that its name begins with."""
    name = path.stem.partition("_")[0]
    return PACKAGES.get(name, set()) if path.parent == ENGINES else set()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/triceras/engines/torch.py", {"torch"}),
        ("src/triceras/engines/torch_graph.py", {"torch"}),
        ("src/triceras/engines/torchlike.py", set()),
        ("src/triceras/engines/state.py", set()),
        ("src/triceras/torch.py", set()),
        ("scripts/torch.py", set()),
    ],
)
def test_a_file_of_an_engine_may_import_its_framework(path, expected):
    assert allowed(ROOT / path) == expected


@pytest.mark.slow
def test_only_engines_import_a_framework_and_each_its_own():
    frameworks = set().union(*PACKAGES.values())
    guilty = {path for path in sources() if imported(path) & frameworks - allowed(path)}
    assert guilty == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_the_imports_of_an_engine_are_seen(name):
    assert name in imported(ENGINES / f"{name}.py")
