"""Messages on the terminal and in `train.log`."""

import logging
from pathlib import Path


def write_log_to(path: Path) -> logging.Handler:
    """Sends the package's messages to a file, all of them, and warnings to the terminal.

    Returns:
        The file's handler; close it with `stop_log`.
    """
    logger = logging.getLogger("triceras")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if not any(type(handler) is logging.StreamHandler for handler in logger.handlers):
        terminal = logging.StreamHandler()
        terminal.setLevel(logging.WARNING)
        terminal.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        logger.addHandler(terminal)
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    return handler


def stop_log(handler: logging.Handler) -> None:
    """Ends what `write_log_to` began."""
    logging.getLogger("triceras").removeHandler(handler)
    handler.close()
