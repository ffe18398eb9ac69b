"""Runs a script so that a person reads one line where something went wrong."""

import functools
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from triceras.config import files, prepare_hydra
from triceras.errors import UserError, one_line
from triceras.runs.stop import INTERRUPTED_AND_SAVED, Interrupted
from triceras.sweeps.handing import handed_over
from triceras.sweeps.report import print_report
from triceras.tracking.redaction import redacted

INTERRUPTED = 130
FULL_ERROR = "HYDRA_FULL_ERROR"

failures: list[Exception] = []


def task(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates the function that `hydra.main` is to call.

    Hydra prints lines of its own about an exception that reaches it, so `run` raises it later.
    """

    @functools.wraps(function)
    def wrapper(config: DictConfig) -> Any:
        try:
            return function(config)
        except Exception as error:
            failures.append(error)
            return None

    return wrapper


def run(main: Callable[..., Any]) -> None:
    """Runs a function that `hydra.main` decorated, and exits.

    The exit code is 0, or 1 after an error or where a job of a sweep failed, 75 after a
    signal upon which the run saved itself, or 130 after a second Ctrl-C.
    Tracebacks are shown where `HYDRA_FULL_ERROR=1` is set.
    """
    prepare_hydra()
    asked_for = os.environ.get(FULL_ERROR) == "1"
    try:
        # Hydra then raises instead of printing a page of its own.
        with mock.patch.dict(os.environ, {FULL_ERROR: "1"}):
            config = handed_over()
            main() if config is None else main(config)
        if failures:
            raise failures[0]
    except Interrupted as error:
        folder = getattr(error, "__notes__", ["<run folder>"])[-1]
        print(f"interrupted by {error}: go on with resume={folder}", file=sys.stderr)
        sys.exit(INTERRUPTED_AND_SAVED)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Exception as error:
        if asked_for:
            raise
        print(f"error: {redacted(message(error))}", file=sys.stderr)
        sys.exit(1)
    sys.exit(0 if print_report() else 1)


def message(error: Exception) -> str:
    """The one line that a person reads of an exception."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        return unknown_choice(error.missing_cfg_file, error.options)
    unknown = re.match(r"Could not override '([^']+)'", str(error))
    if unknown:
        key = unknown[1]
        return (
            f"{key} is not in this configuration: `--cfg job` prints all that is (another data= "
            f"may bring other keys of data, for example), and +{key}=<value> adds it"
        )
    if isinstance(error, MissingMandatoryValue) and error.full_key:
        return f"{error.full_key}= is missing: give {error.full_key}=<value>"
    if isinstance(error, HydraException | OmegaConfBaseException):
        reason = error.__cause__ if type(error.__cause__) is OmegaConfBaseException else None
        return one_line(reason or error)
    # JAX adds pages of its own.
    where = "; ".join(note for note in getattr(error, "__notes__", []) if "\n" not in note)
    return (
        f"{type(error).__name__}: {one_line(error)} ({where + '; ' if where else ''}"
        f"set {FULL_ERROR}=1 to see the traceback)"
    )


def unknown_choice(path: str, options: Sequence[str]) -> str:
    """The message about a configuration file that is not there.

    Args:
        path: the file within `conf/`, without its ending, for example `experiment/deep/classifier`.
        options: those that Hydra found in the same folder.
    """
    parts = path.split("/")
    depth = 2 if parts[0] == "hydra" else 1
    group, name = "/".join(parts[:depth]), "/".join(parts[depth:])
    # Hydra names one folder's options only, not those of its subfolders.
    return f"{group}={name} is unknown: use one of {', '.join(files(group) or options)}"
