"""Every guide is a script that runs on each backend, and a notebook."""

import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from triceras.backend import BACKENDS

GUIDES = sorted((Path(__file__).parents[3] / "guides").glob("[0-9]*.py"))

ABOUT_FRAMEWORKS = ("03", "06")

# Runs a guide as `python guides/<guide>.py` does, and tells which frameworks it imported. (What is
# in `sys.modules` does not tell: Keras imports JAX on every backend.)
RUN = """
import os, runpy, sys
sys.path.insert(0, os.path.dirname(sys.argv[1]))
names = runpy.run_path(sys.argv[1], run_name="__main__")
print("imported:", *sorted({"jax", "tensorflow", "tf", "torch"} & set(names)))
"""
NAMES = {"jax": "jax", "tensorflow": "tf", "torch": "torch"}


@pytest.mark.once
def test_guides_are_numbered():
    assert [path.name[:3] for path in GUIDES] == [f"{n:02d}_" for n in range(1, 11)]


@pytest.mark.slow
@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_guide_runs_from_top_to_bottom(path, tmp_path, backend):
    environment = {**os.environ, "KERAS_BACKEND": backend}
    result = subprocess.run(
        [sys.executable, "-c", RUN, str(path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr[-5000:]
    first, *lines, last = result.stdout.splitlines()
    assert re.fullmatch(rf"Keras 3\.\S+ on {backend}", first)
    imported = NAMES[backend] if path.name[:2] in ABOUT_FRAMEWORKS else ""
    assert last == f"imported: {imported}".strip()
    assert len(lines) < 80
    figures = [line.removeprefix("figure: ") for line in lines if line.startswith("figure: ")]
    assert len(figures) == path.read_text().count("\nshow(")
    for figure in figures:
        assert (tmp_path / figure).stat().st_size > 1000
    left = {path.name for path in tmp_path.iterdir()} - {".cache"}
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
