import functools
import json
from pathlib import Path

import pytest

from triceras.testing.markdown import generated, read_table
from triceras.testing.scripts import run_here

pytestmark = pytest.mark.once

SCRIPT = Path(__file__).parents[3] / "scripts" / "tables.py"


@pytest.fixture
def page(tmp_path):
    """A page with both tables yet to be made."""
    path = tmp_path / "docs" / "results.md"
    path.parent.mkdir()
    path.write_text(
        "# It\n\n<!-- parity: begin -->\n<!-- parity: end -->\n"
        "<!-- benchmark: begin -->\n<!-- benchmark: end -->\n"
    )
    return path


@pytest.fixture
def run(page):
    """A function that runs the script."""
    return functools.partial(run_here, SCRIPT, "--docs", page.parent)


def test_table_of_parity_checks(run, page, tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    parts = ("weights", "batch", "layers", "objective", "gradients", "update", "losses")
    for worst, passed in ((2e-7, True), (3e-2, False)):
        difference = {"worst": worst, "passed": passed}
        comparison = {
            "kind": "backends",
            "passed": passed,
            "differences": dict.fromkeys(parts, difference),
        }
        content = {"experiment": "one", "steps": 1000, "passed": passed, "ended": "1"}
        (folder / "parity.json").write_text(json.dumps({**content, "comparisons": [comparison]}))
        done = run("--parity", tmp_path)
        assert done.returncode == (0 if passed else 1)
        assert ("one: not the same" in done.stdout) != passed
        (row,) = read_table(generated(page.read_text(), "parity"))
        assert row["experiment"] == "`one`"
        assert row["every loss"] == ("2.0e-07" if passed else "**3.0e-02**")
    assert generated(page.read_text(), "benchmark") == ""


def test_tables_of_benchmarks(run, page, tmp_path):
    point = {"batch_size": 8, "hidden_units": 64, "ours": 2.0, "expert": 4.0, "ratio": 0.5}
    result = {
        "experiment": "one",
        "scale": True,
        "overrides": ["experiment=one"],
        "processor": "Fast Chip",
        "cores": 2,
        "ended": "1",
        "backends": {"jax": {"points": [{"backend": "jax", **point}]}},
    }
    (tmp_path / "result.json").write_text(json.dumps(result))
    before = page.read_text()
    done = run("--benchmark", tmp_path, "--check")
    assert done.returncode == 1
    assert f"{page} does not say what the results say" in done.stdout
    assert page.read_text() == before
    assert run("--benchmark", tmp_path).returncode == 0
    assert "| jax | 8 | 64 | 2.000 | 4.000 | 0.50 |" in generated(page.read_text(), "benchmark")
    assert run("--benchmark", tmp_path, "--check").returncode == 0


def test_bad_input(run, page, tmp_path):
    for arguments, message in (
        (("--parity", tmp_path / "nowhere"), "holds no parity.json"),
        (("--benchmark", tmp_path / "nowhere"), "holds no result.json"),
        (("--docs", tmp_path / "nowhere"), "is not a folder"),
    ):
        done = run(*arguments)
        assert done.returncode != 0
        assert message in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
