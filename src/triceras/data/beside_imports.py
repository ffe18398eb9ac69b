"""Data that are read in a thread while Keras and its backend are imported, which takes as long."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

Source = TypeVar("Source", bound=Callable[..., Any])

MARK = "only_reads"
# Seconds after which a thread may have its turn. With Python's own 0.005 each piece of a file that
# is read waits as long for an import that never waits, and all of it takes no less time.
SWITCH_INTERVAL = 0.001

imports_are_over = threading.Event()
imports_are_over.set()


def only_reads(source: Source) -> Source:
    """Marks a data source that only reads files and computes with NumPy's arrays.

    It may then be called in a thread, while the main one imports Keras. So it must not import a
    framework, draw from NumPy's global generator (importing JAX does as well, and takes numbers
    away), start processes, or need the main thread, as signals do.

    Args:
        source: a function that a configuration's `_target_` names.

    Returns:
        The same.
    """
    setattr(source, MARK, True)
    return source


def can_be_read_beside(config: Any) -> bool:
    """Whether what a configuration of data names is marked, and Keras is still to be imported.

    What is wrong with the configuration is for those to say who build what it names.
    """
    if "keras" in sys.modules:
        return False
    # Not before, for processes that make examples alone have no configuration.
    from hydra.utils import get_object

    try:
        return getattr(get_object(config["_target_"]), MARK, False)
    except Exception:
        return False


@contextmanager
def beside(load: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Calls a function in a thread.

    Args:
        load: the function.

    Yields:
        What waits for it, and returns or raises what it did.
    """
    found: Future[Any] = Future()

    def call() -> None:
        try:
            found.set_result(load())
        except BaseException as error:
            found.set_exception(error)

    def wait() -> Any:
        imports_are_over.set()
        return found.result()

    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, SWITCH_INTERVAL))
    imports_are_over.clear()
    # A process that ends meanwhile waits for nothing.
    threading.Thread(target=call, name="data", daemon=True).start()
    try:
        yield wait
    finally:
        imports_are_over.set()
        sys.setswitchinterval(before)


def wait_for_imports() -> None:
    """Waits, in such a thread, until Keras can be imported there too."""
    imports_are_over.wait()
