"""Tests every installed backend: python scripts/test.py -m "not slow" tests/triceras."""

import argparse
import contextlib
import importlib.util
import shlex
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from rich.console import Console

from triceras.backend import installed
from triceras.children import ending_with_us
from triceras.machine import cores
from triceras.packages import how_to_install
from triceras.testing.report import all_good, table
from triceras.testing.sessions import FAST, Session, sessions_of
from triceras.testing.suite import Outcome, compare_backends, run_suite


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="All else goes on to pytest.", allow_abbrev=False
    )
    parser.add_argument(
        "--backend", action="append", choices=installed(), help="test this one; may be repeated"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        help="processes at a time (default: one more than there are cores; in the fast half, all)",
    )
    options, arguments = parser.parse_known_args()
    # `make setup` leaves it out, and each session would say by itself that it is not there.
    if importlib.util.find_spec("pytest") is None:
        chosen = f' ARGS="{shlex.join(arguments)}"' if arguments else ""
        print(
            f"error: tests need pytest: `make test{chosen}` installs it, or "
            f"{how_to_install('dev')}",
            file=sys.stderr,
        )
        return 1
    backends = options.backend or installed()
    folder = Path(tempfile.mkdtemp(prefix="triceras-tests-"))

    sessions = sessions_of(backends, arguments)
    # More than there are cores, as some tests wait: for W&B, a cluster, a process. The few of the
    # fast half take equally long: to start one when others end would leave a core with nothing.
    jobs = options.jobs or (len(sessions) if FAST in arguments else 1 + cores())
    width = 2 + max(len(session.name) for session in sessions)

    def run(session: Session) -> Outcome:
        def report(line: str) -> None:
            print(f"{session.name:<{width}}{line}", flush=True)

        outcome = run_suite(session, arguments, folder, report)
        report(outcome.closing)
        return outcome

    print(f"testing {', '.join(backends)}; logs and JUnit files: {folder}", flush=True)
    # The pool is left last: it waits for what is to end.
    with ThreadPoolExecutor(jobs) as pool, ending_with_us():
        outcomes = list(pool.map(run, sessions))
    comparison = compare_backends(folder, lambda line: print(f"comparison  {line}", flush=True))
    outcomes += [comparison] if comparison else []
    for outcome in outcomes:
        if not outcome.good:
            print(f"\n{outcome.name}\n{outcome.output}")
    Console().print(table(outcomes))
    for outcome in outcomes:
        print(outcome.closing)
    return 0 if all_good(outcomes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
