"""One backend's run of the test suite: a pytest process of its own."""

import dataclasses
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from triceras.children import child
from triceras.testing import in_turn
from triceras.testing.inherited import evidence
from triceras.testing.sessions import Session

NOTHING_COLLECTED = 5
EVIDENCE = "evidence"
COMPARISON = "comparison"

COUNT = re.compile(r"(\d+) (passed|failed|error|skipped|deselected|xfailed|xpassed)")
CLOSING = re.compile(r"^=* ?(\d+ \w+|no tests ran).* in [\d.]+s\b.*$")
PROGRESS = re.compile(r"\[ *\d+%\]$")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run of the suite ended.

    Args:
        name: that of the session, or `comparison`.
        exit_code: pytest's; negative if a signal ended it.
        output: all that pytest printed.
        seconds: wall time.
        processor_seconds: of all processes that it started.
    """

    name: str
    exit_code: int
    output: str
    seconds: float
    processor_seconds: float

    @property
    def closing(self) -> str:
        """Pytest's own last line, or what is to be said where it never came to it."""
        for line in reversed(self.output.splitlines()):
            if CLOSING.match(line):
                return line
        return f"{self.name}: pytest ended with code {self.exit_code} and no closing line"

    def count(self, *results: str) -> int:
        """The number of tests with one of these results, by pytest's words for them."""
        return sum(int(number) for number, word in COUNT.findall(self.closing) if word in results)

    @property
    def good(self) -> bool:
        """Whether no test failed; a backend to which no test applied has failed none."""
        return self.exit_code in (0, NOTHING_COLLECTED)


def run_suite(
    session: Session | str,
    arguments: Sequence[str],
    folder: Path,
    report: Callable[[str], None],
) -> Outcome:
    """Runs pytest in a session.

    Args:
        session: the session; a backend alone is one that runs all.
        arguments: further arguments of pytest.
        folder: gets `<session>.log`, the JUnit file `<session>.xml`, and what is to be compared
            with other backends.
        report: is called with each line of progress, as it comes.

    Returns:
        How it ended.
    """
    session = Session(session) if isinstance(session, str) else session
    words = [*arguments, *session.arguments]
    return run_pytest(session.name, words, session.variables, folder, report)


def compare_backends(folder: Path, report: Callable[[str], None]) -> Outcome | None:
    """Compares what `run_suite` has left for it on several backends.

    Args:
        folder: of `run_suite`.
        report: is called with each line of progress, as it comes.

    Returns:
        How it ended; `None` where there is nothing to compare.
    """
    left = folder / EVIDENCE
    if not evidence.collected(left) and not (left / in_turn.MARK).is_dir():
        return None
    file = Path(__file__).parent / "inherited" / "comparison.py"
    return run_pytest(COMPARISON, [str(file)], {}, folder, report)


def run_pytest(
    name: str,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    folder: Path,
    report: Callable[[str], None],
) -> Outcome:
    """Runs pytest in a process of its own, with a log and a JUnit file of a name."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", f"--junitxml={folder / name}.xml", *arguments]
    left = {evidence.FOLDER: str(folder / EVIDENCE)}
    environment = {**os.environ, **variables, **left, "PYTHONUNBUFFERED": "1"}
    # Several processes import each test file, and their own hundreds of processes import us.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    lines = []
    with (
        child(command, env=environment) as process,
        open(folder / f"{name}.log", "w") as log,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            log.write(line)
            if PROGRESS.search(line.rstrip()):
                report(line.rstrip())
        # What children of other threads took is not to be counted.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Outcome(
        name,
        process.returncode,
        "".join(lines),
        time.perf_counter() - started,
        used.ru_utime + used.ru_stime,
    )
