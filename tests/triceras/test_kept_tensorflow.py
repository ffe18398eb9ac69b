"""Programs of TensorFlow that are kept: where, and what is said where they are damaged."""

import os
import sys

import pytest

from triceras import kept_tensorflow
from triceras.config import compose
from triceras.errors import UserError
from triceras.kept_tensorflow import DIRECTORY, FLAGS, FOLDER, LEVEL, folder_in_use
from triceras.runs.faults import explained

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def unasked(monkeypatch):
    """A new process, of which nothing was asked."""
    # So that what the tests set there is taken back.
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for name in (FOLDER, FLAGS, LEVEL):
        os.environ.pop(name, None)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr("glob.glob", lambda pattern: [])


def kept_in(folder):
    kept_tensorflow.keep_programs(str(folder))
    return folder_in_use()


def test_tensorflow_is_told_a_folder_in_the_one_that_is_given(tmp_path):
    place = kept_in(tmp_path / "of a machine")
    assert place is not None
    assert place.parent == tmp_path / "of a machine"
    assert place.is_dir()
    assert os.environ[FLAGS] == f'{DIRECTORY}="{place}"'
    assert os.environ[LEVEL] == "3"


def test_what_the_shell_says_counts(tmp_path):
    os.environ |= {FOLDER: str(tmp_path / "mine"), FLAGS: "--tf_xla_max_cluster_size=9", LEVEL: "1"}
    place = kept_in(tmp_path / "ours")
    assert place is not None
    assert place.parent == tmp_path / "mine"
    assert os.environ[FLAGS] == f'--tf_xla_max_cluster_size=9 {DIRECTORY}="{place}"'
    assert os.environ[LEVEL] == "1"
    before = os.environ[FLAGS] = f"{DIRECTORY}=own"
    assert kept_in(tmp_path) is None
    assert os.environ[FLAGS] == before


def test_nothing_is_kept_where_nobody_asks_for_it():
    assert kept_in("") is None
    assert FLAGS not in os.environ


@pytest.mark.slow
def test_a_profile_takes_nothing_that_was_kept(tmp_path):
    kept = compose(["backend=tensorflow", f"cache_dir={tmp_path}"]).backend.environment[FOLDER]
    assert kept_in(kept) is not None
    os.environ.pop(FLAGS)
    assert (
        kept_in(compose(["backend=tensorflow", "debug=profile"]).backend.environment[FOLDER])
        is None
    )


def test_nothing_is_kept_on_a_gpu(tmp_path, monkeypatch):
    monkeypatch.setattr("glob.glob", lambda pattern: ["/dev/nvidia0"])
    assert kept_in(tmp_path) is None


def test_tensorflow_that_runs_is_told_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", os)
    assert kept_in(tmp_path) is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").touch()
    assert kept_in(tmp_path / "file") is None
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert kept_in(tmp_path / "locked") is None
    lines = capsys.readouterr().err.splitlines()
    assert [line.count("WARNING: what is compiled is not kept") for line in lines] == [1, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"XLA_FLAGS": "--xla_cpu_enable_fast_math=true"},
        {"TF_NUM_INTRAOP_THREADS": "1"},
        {FLAGS: "--tf_xla_always_defer_compilation=false"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_compiled_otherwise_is_kept_apart(change):
    before = kept_tensorflow.key()
    os.environ |= change
    assert kept_tensorflow.key() != before


def test_what_is_compiled_alike_is_kept_together(monkeypatch):
    before = kept_tensorflow.key()
    os.environ |= {LEVEL: "0", "KERAS_BACKEND": "tensorflow"}
    assert kept_tensorflow.key() == before
    monkeypatch.setattr(kept_tensorflow, "cores", lambda: 1000)
    assert kept_tensorflow.key() != before


def test_projects_with_the_same_tensorflow_share_what_is_kept(tmp_path):
    def installed(name, record):
        package = tmp_path / name / "tensorflow"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(name)
        if record:
            (tmp_path / name / "tensorflow-2.0.dist-info").mkdir()
            (tmp_path / name / "tensorflow-2.0.dist-info" / "RECORD").write_text(record)
        return kept_tensorflow.compiler(package / "__init__.py")

    line = "tensorflow/libtensorflow_cc.so.2,sha256={},7\r\n"
    first = installed("one", "bin/one,sha256=1,2\n" + line.format("abc"))
    assert installed("another", line.format("abc") + "bin/another,sha256=3,4\n") == first
    assert installed("other", line.format("abd")) != first
    # Somebody's own build has no such list.
    assert installed("own", "") != installed("own again, later", "")


def test_old_programs_are_removed(tmp_path):
    place = kept_in(tmp_path)
    old = place / "old.pb"
    old.touch()
    os.utime(old, times=(0, 0))
    os.environ.pop(FLAGS)
    kept_in(tmp_path)
    assert place.exists()
    assert not old.exists()


# As TensorFlow said it of files that were cut short, emptied, replaced and on a full disk.
@pytest.mark.parametrize(
    "said",
    [
        "Read less bytes than requested [Op:__inference_loop_in_xla_115]",
        "Serialized cache key does not match. [Op:__inference_loop_in_xla_115]",
        "Can't parse /c/xla_compile_cache__1__2__XLA_CPU_JIT.pb as binary proto [Op:...]",
        "Failed to parse serialized CpuAotCompilationResult. [Op:__inference_loop_in_xla_115]",
        "/c/xla_compile_cache__1__2__XLA_CPU_JIT.pb.tmp; No space left on device [Op:...]",
    ],
)
def test_damaged_programs_are_removed_and_told_in_one_line(tmp_path, said):
    place = kept_in(tmp_path)
    (place / "damaged.pb").touch()
    told = explained(RuntimeError(said), batch_size=128)
    assert isinstance(told, UserError)
    assert str(place) in str(told)
    assert "start again" in str(told)
    assert not place.exists()
    assert tmp_path.exists()


def test_another_error_removes_nothing(tmp_path):
    place = kept_in(tmp_path)
    error = RuntimeError("Incompatible shapes: [2] vs. [3]")
    assert explained(error, batch_size=128) is error
    assert place.exists()
