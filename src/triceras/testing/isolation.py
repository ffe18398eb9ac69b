"""What tests leave changed in their process is put back, so that no other test depends on it."""

import logging
import sys

from triceras.testing.seeds import forget_kernels


def put_back_for_a_test() -> None:
    """Puts back what no fixture changes for all tests of a file.

    Keras's own `TestCase` switches short tracebacks off, and composing a configuration sets the
    command line that Hydra knows.
    """
    if "keras" in sys.modules:
        sys.modules["keras"].config.enable_traceback_filtering()
    if "hydra.core.hydra_config" in sys.modules:
        sys.modules["hydra.core.hydra_config"].HydraConfig.instance().cfg = None


def put_back_for_a_file() -> None:
    """Puts back what a run changes for its whole process: Keras's random numbers, and messages."""
    forget_kernels()
    if "triceras.random.install" in sys.modules:
        sys.modules["triceras.random.install"].uninstall()
    log = sys.modules.get("triceras.runs.log")
    for logger in log.loggers() if log else []:
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
        logger.handlers.clear()
