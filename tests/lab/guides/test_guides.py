"""Every guide is a script that runs on each backend, and a notebook."""

import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from triceras.backend import BACKENDS, installed

GUIDES = sorted((Path(__file__).parents[3] / "guides").glob("[0-9]*.py"))

ABOUT_FRAMEWORKS = ("03", "06")


def guides_of(backend):
    """Those about frameworks, and of the others as many as there are backends to share them.

    Where one backend is installed, as on GitHub, it runs all.
    """
    others = [path for path in GUIDES if path.name[:2] not in ABOUT_FRAMEWORKS]
    shared = others[installed().index(backend) :: len(installed())]
    return [path for path in GUIDES if path not in others or path in shared]


FORKS = Path(__file__).with_name("forks.py")
NAMES = {"jax": "jax", "tensorflow": "tf", "torch": "torch"}


@pytest.mark.once
def test_guides_are_numbered():
    assert [path.name[:3] for path in GUIDES] == [f"{n:02d}_" for n in range(1, 11)]


@pytest.fixture(scope="module")
def finished(request, tmp_path_factory, backend):
    """The folder in which all guides that are to be tested have run."""
    folder = tmp_path_factory.mktemp("guides")
    chosen = [
        item.callspec.params["path"]
        for item in request.session.items
        if "finished" in item.fixturenames and item.path == request.path
    ]
    result = subprocess.run(
        [sys.executable, str(FORKS), str(folder), *map(str, chosen)],
        # Batches this small gain nothing from threads, which only wait for each other.
        env={**os.environ, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-5000:]
    return folder


@pytest.mark.slow
@pytest.mark.on_each  # it shares them by itself
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("path", guides_of(os.environ["KERAS_BACKEND"]), ids=lambda p: p.stem)
def test_guide_runs_from_top_to_bottom(path, finished, backend):
    code, printed, errors = (
        (finished / f"{path.stem}.{ending}").read_text() for ending in ("code", "out", "err")
    )
    assert code == "0", errors[-5000:]
    first, *lines, last = printed.splitlines()
    assert re.fullmatch(rf"Keras 3\.\S+ on {backend}", first)
    imported = NAMES[backend] if path.name[:2] in ABOUT_FRAMEWORKS else ""
    assert last == f"imported: {imported}".strip()
    assert len(lines) < 80
    figures = [line.removeprefix("figure: ") for line in lines if line.startswith("figure: ")]
    assert len(figures) == path.read_text().count("\nshow(")
    for figure in figures:
        assert (finished / path.stem / figure).stat().st_size > 1000
    left = {each.name for each in (finished / path.stem).iterdir()} - {".cache"}
    assert left == ({"outputs"} if figures else set())


@pytest.mark.once
@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
class TestNotebook:
    def test_opens_with_a_title(self, path):
        notebook = jupytext.read(path)
        assert notebook.metadata["jupytext"]["text_representation"]["format_name"] == "percent"
        first = notebook.cells[0]
        assert first.cell_type == "markdown"
        assert re.match(r"# \w", first.source)

    def test_has_prose_and_code(self, path):
        cells = jupytext.read(path).cells
        assert {cell.cell_type for cell in cells} == {"markdown", "code"}
        for cell in cells:
            assert cell.source.strip()
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        assert code[0].endswith("start()")
        assert "assert " in "\n".join(code)
        for source in code:
            compile(source, path.name, "exec")

    def test_shows_figures_where_a_cell_ends(self, path):
        for cell in jupytext.read(path).cells:
            if "show(" in cell.source.replace("def show(", ""):
                assert cell.source.splitlines()[-1].startswith("show(")

    def test_imports_a_framework_where_it_is_about_one(self, path):
        statement = rf"^\s*(?:import|from) ({'|'.join(BACKENDS)})\b"
        imported = set(re.findall(statement, path.read_text(), re.M))
        assert imported == (set(BACKENDS) if path.name[:2] in ABOUT_FRAMEWORKS else set())
