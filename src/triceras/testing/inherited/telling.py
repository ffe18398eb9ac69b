"""Says once what is wrong with a subject, not once for each of its tests."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from triceras.errors import UserError
from triceras.testing.inherited.configuration import UntestableError
from triceras.testing.inherited.subjects import Subject

TOLD: set[tuple[Any, str]] = set()


class Broken:
    """Takes the place of what could not be made, and raises why where it is looked at.

    Args:
        subject: what should have been made.
        error: why it was not.
    """

    def __init__(self, subject: Subject, error: Exception):
        self.__dict__.update(subject=subject, error=error)

    def __getattr__(self, name: str) -> Any:
        raise self.error.with_traceback(None)


def made(make: Callable[[], Any], subject: Subject) -> Any:
    """What is tested, or what stands for it where it cannot be made.

    Args:
        make: makes it.
        subject: what it is.
    """
    try:
        return make()
    except Exception as error:
        return Broken(subject, error)


def telling_once(tests: type) -> type:
    """Decorates a class of tests: an error that a subject has had before skips its other tests.

    What cannot be tested on this machine is skipped, and what is wrong with what the user gave
    fails in one line.
    """
    for name, test in inspect.getmembers(tests, inspect.isfunction):
        if name.startswith("test_"):
            setattr(tests, name, told(test))
    return tests


def told(test: Callable[..., Any]) -> Callable[..., Any]:
    """One test of such a class."""

    @functools.wraps(test)
    def run(self: Any, **fixtures: Any) -> None:
        try:
            test(self, **fixtures)
        except UntestableError as error:
            pytest.skip(str(error))
        except AssertionError:
            # Each test has its own.
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            keys = {(key_of(each), said) for each in fixtures.values()}
            if keys & TOLD:
                pytest.skip(f"as another test of it said: {error}")
            TOLD.update(keys)
            if isinstance(error, UserError):
                pytest.fail(str(error), pytrace=False)
            raise

    return run


def key_of(fixture: Any) -> Any:
    """What a fixture is recognised by: its subject's name, where it has one."""
    subject = vars(fixture).get("subject") if hasattr(fixture, "__dict__") else None
    return subject.name if isinstance(subject, Subject) else id(fixture)
