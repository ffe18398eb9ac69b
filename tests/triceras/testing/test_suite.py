import contextlib
import shutil
import xml.etree.ElementTree as ElementTree

import pytest

from triceras.testing.inherited.evidence import Evidence
from triceras.testing.sessions import Session
from triceras.testing.suite import (
    EVIDENCE,
    NOTHING_COLLECTED,
    Outcome,
    compare_backends,
    run_suite,
)

pytestmark = pytest.mark.once

LEAVES = """
import os
import numpy as np
from triceras.testing.inherited.evidence import Evidence, folder

def test_leave():
    backend = os.environ["KERAS_BACKEND"]
    for subject, factor in (("same", 1), ("other", 1.1)):
        losses = {"loss": np.ones(3) * (1 if backend == "jax" else factor)}
        found = Evidence(f"experiment[{subject}]", "own.yaml", 1e-5, losses, True)
        found.save(backend, folder())
"""


def outcome(output: str, exit_code: int = 0) -> Outcome:
    return Outcome("jax", exit_code, output, seconds=1.0, processor_seconds=1.0)


class TestOutcome:
    @pytest.mark.parametrize(
        "closing",
        [
            "======= 109 passed in 11.41s =======",
            "=== 1 failed, 2 passed, 3 skipped, 29 deselected, 1 warning in 61.02s (0:01:01) ===",
            "3 passed, 1 error in 0.10s",
            "======= no tests ran in 0.01s =======",
        ],
    )
    def test_closing_is_the_last_line_of_pytest(self, closing):
        assert outcome(f"1 passed in 9.99s\n{closing}\n\nsome exit handler\n").closing == closing

    def test_closing_without_one(self):
        closing = outcome("collected 3 items\nSegmentation fault\n", exit_code=-11).closing
        assert closing == "jax: pytest ended with code -11 and no closing line"

    def test_count(self):
        ended = outcome("== 2 failed, 107 passed, 1 skipped, 1 error, 9 warnings in 3.21s ==")
        assert ended.count("passed") == 107
        assert ended.count("failed", "error") == 3
        assert ended.count("deselected") == 0

    def test_count_of_several_errors(self):
        assert outcome("== 12 errors in 3.21s ==").count("error") == 12

    @pytest.mark.parametrize(("code", "good"), [(0, True), (1, False), (2, False), (-11, False)])
    def test_good(self, code, good):
        assert outcome("", code).good is good

    def test_good_where_nothing_applied(self):
        assert outcome("", NOTHING_COLLECTED).good


class TestRunSuite:
    @pytest.mark.slow
    def test_runs_on_the_backend_with_the_arguments(self, suite, monkeypatch):
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        folder = suite(
            "def test_bytecode_is_kept(): assert 'PYTHONDONTWRITEBYTECODE' not in os.environ",
            "def test_backend(): assert os.environ['KERAS_BACKEND'] == 'torch'",
            "@pytest.mark.slow",
            "def test_left_out(): assert False",
            "def test_skipped(): pytest.skip()",
        )
        reported = []
        ended = run_suite("torch", ["-m", "not slow"], folder, reported.append)
        assert ended.exit_code == 0, ended.output
        assert [ended.count(each) for each in ("passed", "skipped", "deselected")] == [2, 1, 1]
        assert reported == ["test_it.py ..s" + reported[0][14:]]
        assert (folder / "torch.log").read_text() == ended.output
        (found,) = ElementTree.parse(folder / "torch.xml").getroot()
        assert found.attrib["tests"] == "3"

    @pytest.mark.parametrize(("once", "name"), [("alone", "once"), ("apart", "jax")])
    @pytest.mark.slow
    def test_what_is_tested_once_has_a_session_of_its_own(self, suite, once, name):
        folder = suite(f"def test_it(): assert os.environ['TRICERAS_ONCE'] == '{once}'")
        ended = run_suite(Session("jax", once), [], folder, lambda line: None)
        assert ended.good, ended.output
        assert ended.name == name
        assert (folder / f"{name}.xml").is_file()

    @pytest.mark.slow
    def test_processor_seconds_are_of_all_its_processes(self, suite):
        burn = "import time\nwhile time.process_time() < 0.5: pass"
        folder = suite(
            "import subprocess, sys",
            f"def test_it(): subprocess.run([sys.executable, '-c', {burn!r}])",
        )
        ended = run_suite("jax", [], folder, lambda line: None)
        assert 0.5 < ended.processor_seconds < 60

    @pytest.mark.slow
    def test_failure(self, suite):
        folder = suite("def test_wrong(): assert 1 + 1 == 3, 'miscounted'")
        ended = run_suite("jax", [], folder, lambda line: None)
        assert ended.exit_code == 1
        assert ended.count("failed") == 1
        assert "miscounted" in ended.output

    @pytest.mark.slow
    def test_crash(self, suite):
        folder = suite("def test_crash(): os._exit(3)")
        ended = run_suite("jax", [], folder, lambda line: None)
        assert ended.exit_code == 3
        assert "no closing line" in ended.closing

    @pytest.mark.slow
    def test_nothing_collected(self, suite):
        folder = suite("def test_fine(): pass")
        ended = run_suite("jax", ["-k", "absent"], folder, lambda line: None)
        assert ended.exit_code == NOTHING_COLLECTED
        assert ended.count("deselected") == 1


class TestCompareBackends:
    def test_nothing_to_compare(self, tmp_path):
        assert compare_backends(tmp_path, print) is None

    @pytest.fixture(scope="class")
    def left(self, tmp_path_factory, no_plugins):
        """What two backends have left: of one subject the same, of the other one something else."""
        folder = tmp_path_factory.mktemp("left")
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "test_it.py").write_text(LEAVES)
        with contextlib.chdir(folder):
            for backend in ("jax", "torch"):
                assert run_suite(backend, [], folder, lambda line: None).good
        return folder / EVIDENCE

    @pytest.mark.parametrize("subject", ["same", "other"])
    @pytest.mark.slow
    def test_what_the_tests_of_two_backends_have_left(self, left, subject, tmp_path):
        for path in left.glob(f"*/experiment%5B{subject}%5D.*"):
            copy = tmp_path / EVIDENCE / path.relative_to(left)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        found = Evidence.load(tmp_path / EVIDENCE / "jax" / f"experiment%5B{subject}%5D.json")
        assert found.curves
        ended = compare_backends(tmp_path, lambda line: None)
        assert ended is not None
        assert ended.name == "comparison"
        assert ended.good == (subject == "same")
        assert ended.count("passed", "failed") == 2
        if not ended.good:
            assert "experiment[other]: jax and torch are 1.0e-01 apart at step 0" in ended.output
