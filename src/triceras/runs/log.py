"""Messages on the terminal and in `train.log`, without secrets."""

import contextlib
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from triceras import project
from triceras.together.turns import NAME, turn
from triceras.tracking.redaction import redacted


class WithoutSecrets(logging.Formatter):
    """Hides secrets, in tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class Terminal(logging.StreamHandler):
    """Writes to what is standard error by then; of runs that take turns, the same once."""

    def emit(self, record: logging.LogRecord) -> None:
        own = turn()
        if own is not None:
            said = own.common.setdefault(Terminal, set())
            if record.getMessage() in said:
                return
            said.add(record.getMessage())
        self.stream = sys.stderr
        super().emit(record)


class LogFile(logging.FileHandler):
    """Says once where the disk no longer takes messages, and goes on without."""

    failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        if not self.failed:
            reason = sys.exc_info()[1]
            print(f"WARNING: cannot write {self.baseFilename}: {reason}", file=sys.stderr)
        self.failed = True


def loggers() -> list[logging.Logger]:
    """Those of this package and of the lab."""
    return [logging.getLogger("triceras"), logging.getLogger(project.lab())]


def warn_on_terminal() -> None:
    """Sends the warnings of this package and of the lab to the terminal.

    A command does so before all else. What Hydra calls no logging of jobs hides warnings, and shuts
    the loggers of all modules that are imported by then.
    """
    for logger in loggers():
        logger.setLevel(logging.INFO)
        logger.propagate = False
        if not any(isinstance(handler, Terminal) for handler in logger.handlers):
            terminal = Terminal()
            terminal.setLevel(logging.WARNING)
            terminal.setFormatter(WithoutSecrets("%(levelname)s: %(message)s"))
            logger.addHandler(terminal)
        for name in logging.root.manager.loggerDict:
            if name == logger.name or name.startswith(f"{logger.name}."):
                logging.getLogger(name).disabled = False


def write_log_to(path: Path) -> logging.Handler:
    """Sends the messages of this package and of the lab to a file, warnings to the terminal too.

    Returns:
        The file's handler; close it with `stop_log`.
    """
    handler = LogFile(path)
    handler.addFilter(not_of_others())
    handler.setFormatter(WithoutSecrets("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    warn_on_terminal()
    for logger in loggers():
        logger.addHandler(handler)
    return handler


def not_of_others() -> Callable[[logging.LogRecord], bool]:
    """Whether a message is not one of another run that takes turns with this thread's."""
    own = turn()
    return lambda record: (
        own is None
        or record.threadName in (own.name, None)
        or (not str(record.threadName).startswith(NAME))
    )


def stop_log(handler: logging.Handler) -> None:
    """Ends what `write_log_to` began."""
    for logger in loggers():
        logger.removeHandler(handler)
    # On a full disk, of which there has been a warning; the file is closed all the same.
    with contextlib.suppress(OSError):
        handler.close()
