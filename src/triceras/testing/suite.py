"""One backend's run of the test suite: a pytest process of its own."""

import dataclasses
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

NOTHING_COLLECTED = 5

COUNT = re.compile(r"(\d+) (passed|failed|error|skipped|deselected|xfailed|xpassed)")
CLOSING = re.compile(r"^=* ?(\d+ \w+|no tests ran).* in [\d.]+s\b.*$")
PROGRESS = re.compile(r"\[ *\d+%\]$")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run of the suite ended.

    Args:
        backend: the backend.
        exit_code: pytest's; negative if a signal ended it.
        output: all that pytest printed.
        seconds: wall time.
    """

    backend: str
    exit_code: int
    output: str
    seconds: float

    @property
    def closing(self) -> str:
        """Pytest's own last line, or what is to be said where it never came to it."""
        for line in reversed(self.output.splitlines()):
            if CLOSING.match(line):
                return line
        return f"{self.backend}: pytest ended with code {self.exit_code} and no closing line"

    def count(self, *results: str) -> int:
        """The number of tests with one of these results, by pytest's words for them."""
        return sum(int(number) for number, word in COUNT.findall(self.closing) if word in results)

    @property
    def good(self) -> bool:
        """Whether no test failed; a backend to which no test applied has failed none."""
        return self.exit_code in (0, NOTHING_COLLECTED)


def run_suite(
    backend: str, arguments: Sequence[str], folder: Path, report: Callable[[str], None]
) -> Outcome:
    """Runs pytest on a backend.

    Args:
        backend: a backend that is installed.
        arguments: further arguments of pytest.
        folder: gets `<backend>.log` and the JUnit file `<backend>.xml`.
        report: is called with each line of progress, as it comes.

    Returns:
        How it ended.
    """
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", f"--junitxml={folder / backend}.xml", *arguments]
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONUNBUFFERED": "1"}
    lines = []
    with (
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
        open(folder / f"{backend}.log", "w") as log,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            log.write(line)
            if PROGRESS.search(line.rstrip()):
                report(line.rstrip())
    return Outcome(backend, process.returncode, "".join(lines), time.perf_counter() - started)
