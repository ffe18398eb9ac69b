"""Keeps from the terminal what TensorFlow says at import where nothing is wrong.

It is written before anything that TensorFlow reads could tell it not to.
"""

import contextlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from triceras.machine import has_nvidia_processor

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# Notes, and what is said of the plug-ins for processors that are not here, on any machine.
NOTES = (
    r"WARNING: All log messages before absl",
    r"I\d{4} ",
    r"\d{4}-\d\d-\d\d [\d:.]+: I ",
    r"To enable the following instructions",
    r".*Unable to register cu\w+ factory",
    r".*computation placer already registered",
    r".*TF-TRT Warning: Could not find TensorRT",
)
# Where there is an NVIDIA processor, that it cannot be used is no note.
WITHOUT_GPU = (r".*failed call to cuInit", r".*no NVIDIA GPU device is present")
FILTER = """
import re, sys
notes = re.compile(sys.argv[1])
for line in sys.stdin.buffer:
    if not notes.match(line.decode(errors="replace")):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
"""


def notes() -> str:
    """A regular expression of the lines that say nothing."""
    absent = () if has_nvidia_processor() else WITHOUT_GPU
    return "|".join((*NOTES, *absent))


class QuietTensorFlow:
    """Finds TensorFlow, whoever imports it, and lets it be loaded without its notes."""

    searching = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The place of TensorFlow, and nothing for other modules."""
        if name != "tensorflow" or self.searching:
            return None
        self.searching = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.searching = False
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_quietly(module: Any) -> None:
                with without_notes(notes()):
                    load(module)
                    # It looks for devices, and speaks of it, when it is first asked.
                    module.config.list_physical_devices()

            spec.loader.exec_module = load_quietly
        return spec


def keep_quiet() -> None:
    """Has TensorFlow imported without its notes, unless the shell asks for all of them."""
    if os.environ.get(LEVEL) in ("0", "1") or "tensorflow" in sys.modules:
        return
    if not any(isinstance(finder, QuietTensorFlow) for finder in sys.meta_path):
        sys.meta_path.insert(0, QuietTensorFlow())


@contextlib.contextmanager
def without_notes(expression: str) -> Iterator[None]:
    """Keeps lines off standard error, also those that no Python code writes.

    They go through a process of its own, so that the last words of one that dies are heard.

    Args:
        expression: what the start of such lines matches.
    """
    sys.stderr.flush()
    before = os.dup(2)
    with subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", FILTER, expression],
        stdin=subprocess.PIPE,
        # What asks this process to stop is not for it.
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        os.dup2(process.stdin.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(before, 2)
            os.close(before)
            process.stdin.close()
