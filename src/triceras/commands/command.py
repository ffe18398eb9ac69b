"""Runs a script so that a person reads one line where something went wrong."""

import functools
import os
import shlex
import sys
from collections.abc import Callable
from typing import Any

from omegaconf import DictConfig

from triceras.commands import ending
from triceras.commands.beginning import INTERRUPTED
from triceras.commands.forgotten_multirun import check_multirun
from triceras.commands.messages import FULL_ERROR, message
from triceras.commands.options import telling_options
from triceras.commands.words_of_run import with_keys_of_run
from triceras.composing import composing_once
from triceras.config import prepare_hydra
from triceras.left_out import leave_out
from triceras.patching import environment
from triceras.runs.faults import without_damaged_programs
from triceras.runs.log import warn_on_terminal
from triceras.runs.stop import INTERRUPTED_AND_SAVED, PRUNED_AND_SAVED, Interrupted, Pruned
from triceras.sweeps import report, session
from triceras.sweeps.handing import handed_over, is_job
from triceras.sweeps.launching import planning
from triceras.sweeps.resuming import with_plan
from triceras.tracking.redaction import redacted
from triceras.words import pasted, with_quoted_paths

failures: list[Exception] = []


def task(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates the function that `hydra.main` is to call.

    Hydra prints lines of its own about an exception that reaches it, so `run` raises it later.
    """

    @functools.wraps(function)
    def wrapper(config: DictConfig) -> Any:
        try:
            warn_on_terminal()
            if not is_job():
                check_multirun()
            leave_out(config)
            return function(config)
        except Exception as raised:
            error = without_damaged_programs(raised)
            failures.append(error)
            if session.is_elsewhere() and not is_job():
                # Nobody else will tell it.
                print(f"error: {redacted(message(error))}", file=sys.stderr)
            return None

    return wrapper


def run(main: Callable[..., Any]) -> None:
    """Runs a function that `hydra.main` decorated, and exits.

    The exit code is 0, or 1 after an error or where a job of a sweep failed, 75 after a
    signal upon which the run saved itself, 76 where a search gave it up, or 130 after a second
    Ctrl-C.
    Tracebacks are shown where `HYDRA_FULL_ERROR=1` is set.
    """
    code = exit_code(main)
    if main.__module__ == "__main__":
        # Of a process that does nothing else.
        ending.soon(code)
    sys.exit(code)


def exit_code(main: Callable[..., Any]) -> int:
    """Runs a function that `hydra.main` decorated; says what went wrong, and how to exit."""
    prepare_hydra()
    asked_for = os.environ.get(FULL_ERROR) == "1"
    try:
        sys.argv[1:] = with_keys_of_run(with_plan(with_quoted_paths(sys.argv[1:])))
        # Hydra then raises instead of printing a page of its own.
        with environment(**{FULL_ERROR: "1"}):
            config = handed_over()
            with planning(), composing_once(), telling_options():
                main() if config is None else main(config)
        if failures:
            raise failures[0]
    except Pruned as error:
        print(f"pruned: {error}", file=sys.stderr)
        return PRUNED_AND_SAVED
    except Interrupted as error:
        notes = getattr(error, "__notes__", ())
        if report.sweeps:
            report.print_report()
            script = shlex.join(["python", sys.argv[0]])
            resume = f"{script} {pasted('resume_sweep', str(report.sweeps[-1]))}"
        else:
            resume = pasted("resume", notes[-1]) if notes else "resume=<run folder>"
        print(f"interrupted by {error}: go on with {resume}", file=sys.stderr)
        return INTERRUPTED_AND_SAVED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if asked_for:
            raise
        print(f"error: {redacted(message(error))}", file=sys.stderr)
        return 1
    return 0 if report.print_report() else 1
