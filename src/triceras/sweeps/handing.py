"""Hands the configuration of a job over to its process, as it was composed.

The words of the command line would be composed anew there, outside of the sweep: `${hydra:job.num}`
would be none, `${now:}` another time, and a file of `conf/` perhaps changed meanwhile.

The pipe by which it comes stays open for as long as somebody looks after the job. The kernel closes
it however that process ends, and the job then saves itself: there are no orphans.
"""

import os
import pickle
import signal
import sys
import threading
import time
from typing import Any, BinaryIO

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import configure_log, setup_globals
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from triceras.runs.stop import INTERRUPTED_AND_SAVED
from triceras.words import word

VARIABLE = "TRICERAS_JOB"
# Of the length that comes first.
BYTES = 8
# Seconds after which a job that nobody looks after, and that does not end, is ended.
PATIENCE = 60

jobs: list[bool] = []


def to_hand_over(config: DictConfig, root: DictConfig, **more: str) -> bytes:
    """What a job's process is to read from its standard input.

    Args:
        config: the job's configuration; it is not resolved, so that the process does it.
        root: what Hydra says of the job.
        **more: settings that it has beside those that were typed.
    """
    config, root = config.copy(), root.copy()
    with open_dict(config), open_dict(root), read_write(root.hydra):
        config.update(more)
        root.hydra.mode = RunMode.RUN
        # Their classes may be those of packages that Hydra has loaded twice.
        for part in ("launcher", "sweeper"):
            root.hydra[part] = OmegaConf.to_container(root.hydra[part])
        # A run that goes on is what it was, whatever was typed when it began.
        before = [] if "resume" in more else list(root.hydra.overrides.task)
        root.hydra.overrides.task = before + [word(key, value) for key, value in more.items()]
    content = pickle.dumps((config, root))
    return len(content).to_bytes(BYTES, "big") + content


def handed_over(stream: BinaryIO | None = None) -> DictConfig | None:
    """The configuration that the process of a job was given, or `None` where it is not one.

    Args:
        stream: where it comes from; `None` for the standard input, which is watched afterwards.
    """
    if os.environ.pop(VARIABLE, None) is None:
        return None
    config, root = read_handed(stream or sys.stdin.buffer)
    jobs.append(True)
    setup_globals()
    HydraConfig.instance().cfg = root
    configure_log(root.hydra.job_logging, root.hydra.verbose)
    if stream is None:
        watch_standard_input()
    return config


def read_handed(source: BinaryIO) -> tuple[DictConfig, Any]:
    """What `to_hand_over` made, which comes from the sweep that started this process."""
    return pickle.loads(source.read(int.from_bytes(source.read(BYTES), "big")))


def is_job() -> bool:
    """Whether this process is a job of a sweep."""
    return bool(jobs)


def watch_standard_input() -> None:
    """Has this process asked to stop once nobody holds the other end of its standard input."""
    # Some launchers keep Ctrl-C from the processes that they start, who pass that on.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    line = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=end_with, args=[line], daemon=True).start()


def end_with(line: int) -> None:
    """Ends this process once a pipe is closed."""
    while os.read(line, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(INTERRUPTED_AND_SAVED)
