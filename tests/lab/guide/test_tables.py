import functools
import json
from pathlib import Path

import pytest

from lab.guide.tables import TESTS
from triceras.backend import BACKENDS
from triceras.testing.markdown import generated, read_table
from triceras.testing.scripts import run_here

pytestmark = pytest.mark.once

SCRIPT = Path(__file__).parents[3] / "scripts" / "tables.py"


@pytest.fixture
def page(tmp_path):
    """A page with both tables yet to be made."""
    path = tmp_path / "docs" / "guide.md"
    path.parent.mkdir()
    path.write_text(
        "# It\n\n<!-- figures: begin -->\n<!-- figures: end -->\n\n"
        "<!-- coverage: begin -->\n<!-- coverage: end -->\n"
    )
    return path


@pytest.fixture
def results(tmp_path):
    """A function that writes what the tests of all 24 blocks gave; one of them failed, if asked."""

    def write(failed=None):
        folder = tmp_path / "results"
        folder.mkdir(exist_ok=True)
        cases = ""
        for n in range(24):
            ended = "<failure/>" if n == failed else ""
            cases += f'<testcase name="test_block_{n:02d}_it">{ended}</testcase>'
        for backend in BACKENDS:
            (folder / f"{backend}.xml").write_text(f"<testsuites>{cases}</testsuites>")
        return folder

    return write


@pytest.fixture
def run(page):
    """A function that runs the script."""
    return functools.partial(run_here, SCRIPT, "--docs", page.parent)


def test_the_tests_that_it_runs_are_those_of_the_blocks():
    assert Path(__file__).with_name("test_blocks.py") == TESTS


def test_table_of_blocks(run, page, results):
    before = page.read_text()
    done = run("--results", results(), "--check")
    assert done.returncode == 1
    assert "does not say what the results say" in done.stdout
    assert page.read_text() == before

    assert run("--results", results()).returncode == 0
    assert run("--results", results(), "--check").returncode == 0
    rows = read_table(generated(page.read_text(), "coverage"))
    assert [row["torch"] for row in rows] == ["passed 1/1"] * 24
    assert generated(page.read_text(), "figures") == ""

    done = run("--results", results(failed=7))
    assert done.returncode == 1
    assert done.stdout.splitlines()[:1] == ["block 7 on jax: failed 1/1"]
    rows = read_table(generated(page.read_text(), "coverage"))
    assert rows[7]["torch"] == "**failed 1/1**"


def test_table_of_figures(run, page, tmp_path):
    folder = tmp_path / "sweep" / "0"
    folder.mkdir(parents=True)
    job = {"job": 0, "status": "finished", "run_folder": str(folder)}
    (folder / "job.json").write_text(json.dumps(job))
    (folder / "run.json").write_text('{"experiment": "guide/vae", "backend": "jax", "loop": "fit"}')
    (folder / "summary.json").write_text('{"metrics": {"loss": 0.2}}')
    done = run("--sweep", folder.parent)
    assert done.returncode == 1
    assert "guide/vae on torch, loop fit: not run" in done.stdout
    rows = read_table(generated(page.read_text(), "figures"))
    (row,) = (r for r in rows if r["experiment"] == "guide/vae" and r["backend"] == "jax")
    assert row["fit"] == "**0.20000**"
    assert generated(page.read_text(), "coverage") == ""


def test_bad_input(run, tmp_path):
    for arguments, message in (
        (("--results", tmp_path / "nowhere"), "is not a folder"),
        (("--sweep", tmp_path), "is not the folder of a sweep"),
    ):
        done = run(*arguments)
        assert done.returncode != 0
        assert message in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
