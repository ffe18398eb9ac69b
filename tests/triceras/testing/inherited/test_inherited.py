import os
import subprocess
import sys

import pytest

from triceras.testing.inherited.evidence import FOLDER

pytestmark = [pytest.mark.once, pytest.mark.slow]


def test_a_file_of_one_line_tests_all_that_is_found(conf, tmp_path, backend):
    """As a project has it, but for what its conftest.py has: markers, a fixture, a lean Keras."""
    conf("model/new", "defaults: [linear, _self_]\ntests: {build: false, why: it is for later}")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n  once\n")
    (tmp_path / "test_inherited.py").write_text(
        "import pytest\n"
        "from triceras.lean_keras import keep_lean\n"
        "keep_lean()\n"
        "from triceras.testing.inherited.tests import *\n"
        "@pytest.fixture(scope='session')\n"
        f"def backend(): return {backend!r}\n"
    )
    environment = {**os.environ, "KERAS_BACKEND": backend, FOLDER: str(tmp_path / "evidence")}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # it needs none
    command = [sys.executable, "-m", "pytest", "-rs", "-v", "-k", "new or TestData"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240
    )
    lines = [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    results = dict(line.split()[:2] for line in lines if "%" in line)
    assert done.returncode == 0, done.stdout
    assert results["TestModel::test_build[model[new]]"] == "SKIPPED"
    assert "conf/model/new.yaml, tests.build=false: it is for later" in done.stdout
    for test in ("TestModel::test_serialization", "TestTraining::test_resume"):
        assert results[f"{test}[model[new]]"] == "PASSED"
    assert results["TestData::test_load[data[digits]]"] == "PASSED"
    assert (tmp_path / "evidence" / backend / "model%5Bnew%5D.npz").is_file()
