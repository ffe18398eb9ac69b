"""Tells what a framework cannot compile from what is wrong."""

import contextlib
from collections.abc import Iterator, Sequence

import keras


class CannotCompileError(Exception):
    """The framework cannot compile the model's code as it is written; the message says why."""

    @property
    def reason(self) -> str:
        """The first sentence of the message."""
        return str(self).strip().splitlines()[0].partition(". ")[0].rstrip(".")


@contextlib.contextmanager
def telling_tracing_errors(kinds: Sequence[tuple[type[Exception], str]]) -> Iterator[None]:
    """Turns the errors that the model's code causes by being traced into `CannotCompileError`.

    Args:
        kinds: types of exceptions, each with a part of its message, empty where the type says all.
    """
    try:
        yield
    except Exception as error:
        if any(isinstance(error, kind) and part in str(error) for kind, part in kinds):
            raise CannotCompileError(str(error)) from error
        raise


@contextlib.contextmanager
def untouched_errors() -> Iterator[None]:
    """Keeps Keras from rewriting a framework's exceptions into others, whose cause is lost."""
    enabled = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if enabled:
            keras.config.enable_traceback_filtering()
