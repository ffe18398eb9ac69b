import json
import subprocess
import sys
from pathlib import Path

import pytest

from triceras.backend import BACKENDS
from triceras.testing.markdown import generated, read_table

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[3]


@pytest.fixture
def readme(tmp_path):
    """A file with both tables yet to be made."""
    path = tmp_path / "README.md"
    path.write_text(
        "# It\n\n<!-- figures: begin -->\n<!-- figures: end -->\n\n"
        "<!-- coverage: begin -->\n<!-- coverage: end -->\n"
        "<!-- parity: begin -->\n<!-- parity: end -->\n"
        "<!-- benchmark: begin -->\n<!-- benchmark: end -->\n"
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
def run(readme):
    """A function that runs the script."""

    def run(*arguments) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, ROOT / "scripts" / "tables.py", "--readme", readme, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    return run


def test_table_of_blocks(run, readme, results):
    before = readme.read_text()
    done = run("--results", results(), "--check")
    assert done.returncode == 1
    assert "does not say what the results say" in done.stdout
    assert readme.read_text() == before

    assert run("--results", results()).returncode == 0
    assert run("--results", results(), "--check").returncode == 0
    rows = read_table(generated(readme.read_text(), "coverage"))
    assert [row["torch"] for row in rows] == ["passed 1/1"] * 24
    assert generated(readme.read_text(), "figures") == ""

    done = run("--results", results(failed=7))
    assert done.returncode == 1
    assert done.stdout.splitlines()[:1] == ["block 7 on jax: failed 1/1"]
    rows = read_table(generated(readme.read_text(), "coverage"))
    assert rows[7]["torch"] == "**failed 1/1**"


def test_table_of_figures(run, readme, results, tmp_path):
    folder = tmp_path / "sweep" / "0"
    folder.mkdir(parents=True)
    job = {"job": 0, "status": "finished", "run_folder": str(folder)}
    (folder / "job.json").write_text(json.dumps(job))
    (folder / "run.json").write_text('{"experiment": "guide/vae", "backend": "jax", "loop": "fit"}')
    (folder / "summary.json").write_text('{"metrics": {"loss": 0.2}}')
    done = run("--results", results(), "--sweep", folder.parent)
    assert done.returncode == 1
    assert "guide/vae on torch, loop fit: not run" in done.stdout
    rows = read_table(generated(readme.read_text(), "figures"))
    (row,) = (r for r in rows if r["experiment"] == "guide/vae" and r["backend"] == "jax")
    assert row["fit"] == "**0.20000**"


def test_table_of_parity_checks_alone(run, readme, tmp_path):
    folder = tmp_path / "vae"
    folder.mkdir()
    parts = ("weights", "batch", "layers", "objective", "gradients", "update", "losses")
    for worst, passed in ((2e-7, True), (3e-2, False)):
        difference = {"worst": worst, "passed": passed}
        comparison = {
            "kind": "backends",
            "passed": passed,
            "differences": dict.fromkeys(parts, difference),
        }
        content = {"experiment": "vae", "steps": 1000, "passed": passed, "ended": "1"}
        (folder / "parity.json").write_text(json.dumps({**content, "comparisons": [comparison]}))
        done = run("--parity", tmp_path)
        assert done.returncode == (0 if passed else 1)
        assert ("vae: not the same" in done.stdout) != passed
        (row,) = read_table(generated(readme.read_text(), "parity"))
        assert row["experiment"] == "`vae`"
        assert row["every loss"] == ("2.0e-07" if passed else "**3.0e-02**")
    assert generated(readme.read_text(), "coverage") == ""


def test_tables_of_benchmarks_alone(run, readme, tmp_path):
    point = {"batch_size": 8, "hidden_units": 64, "ours": 2.0, "expert": 4.0, "ratio": 0.5}
    result = {
        "experiment": "vae",
        "scale": True,
        "overrides": ["experiment=autoencoder"],
        "processor": "Fast Chip",
        "cores": 2,
        "ended": "1",
        "backends": {"jax": {"points": [{"backend": "jax", **point}]}},
    }
    (tmp_path / "result.json").write_text(json.dumps(result))
    assert run("--benchmark", tmp_path).returncode == 0
    assert "| jax | 8 | 64 | 2.000 | 4.000 | 0.50 |" in generated(readme.read_text(), "benchmark")
    assert generated(readme.read_text(), "coverage") == ""


def test_bad_input(run, tmp_path, results):
    for arguments, message in (
        (("--results", tmp_path / "nowhere"), "is not a folder"),
        (("--results", results(), "--sweep", tmp_path), "is not the folder of a sweep"),
        (("--parity", tmp_path / "nowhere"), "holds no parity.json"),
        (("--benchmark", tmp_path / "nowhere"), "holds no result.json"),
        (("--readme", tmp_path / "nowhere"), "is not a file"),
    ):
        done = run(*arguments)
        assert done.returncode != 0
        assert message in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
