import os
import subprocess
import sys

import pytest

from triceras.quiet_tensorflow import NOTES, WITHOUT_GPU, notes

pytestmark = pytest.mark.once

PROGRAM = """
import os, sys
from triceras.quiet_tensorflow import without_notes
with without_notes(sys.argv[1]):
    for line in sys.stdin.read().splitlines():
        os.write(2, line.encode() + b"\\n")
    if len(sys.argv) > 2:
        os.abort()
print("afterwards", file=sys.stderr)
"""
SAID = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795716698.265792   20905 port.cc:153] oneDNN custom operations are on.",
    "2024-01-01 10:00:00.1: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.",
    "E0000 00:00:1.2 3 cuda_fft.cc:477] Unable to register cuFFT factory: Attempting to",
]
NO_DEVICE = "E0000 00:00:1.2 3 cuda_platform.cc:52] failed call to cuInit: INTERNAL: UNKNOWN"
WRONG = [
    "E0000 00:00:1.2 3 some.cc:1] out of memory",
    "F0000 00:00:1.2 3 cpu.cc:1] this binary needs AVX",
]


def heard(*arguments):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        input="\n".join([*SAID, *WRONG, NO_DEVICE]),
        capture_output=True,
        text=True,
    )
    return done.stderr.splitlines()


def test_notes_are_kept_off_and_all_else_is_said():
    assert heard("|".join((*NOTES, *WITHOUT_GPU))) == [*WRONG, "afterwards"]


def test_a_device_that_is_there_and_cannot_be_used_is_said():
    assert heard("|".join(NOTES)) == [*WRONG, NO_DEVICE, "afterwards"]


def test_the_last_words_of_a_process_that_dies_are_heard():
    assert heard("|".join((*NOTES, *WITHOUT_GPU)), "dies")[:2] == WRONG


FAKE = r"""
import os
from types import SimpleNamespace
os.write(2, b"I0000 hello\nE0000 no\n")
unsaid = [b"I0000 none\n"]
config = SimpleNamespace(list_physical_devices=lambda: unsaid and os.write(2, unsaid.pop()))
"""
IMPORTER = """
import importlib.util
from triceras.quiet_tensorflow import keep_quiet
keep_quiet()
for _ in range(2):
    assert importlib.util.find_spec("tensorflow") is not None
import tensorflow
tensorflow.config.list_physical_devices()
"""


def said_at_import(tmp_path, **variables):
    (tmp_path / "tensorflow.py").write_text(FAKE)
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]), **variables}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTER], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


def test_it_is_found_however_often_somebody_looks_for_it(tmp_path):
    assert said_at_import(tmp_path) == ["E0000 no"]


def test_a_shell_that_asks_for_all_hears_all(tmp_path):
    said = said_at_import(tmp_path, TF_CPP_MIN_LOG_LEVEL="0")
    assert said == ["I0000 hello", "E0000 no", "I0000 none"]


@pytest.mark.parametrize("devices", [[], ["/dev/nvidia0"]])
def test_only_where_there_is_no_device_its_absence_is_a_note(devices, monkeypatch):
    monkeypatch.setattr("glob.glob", lambda pattern: devices)
    assert ("failed call to cuInit" in notes()) is (not devices)
