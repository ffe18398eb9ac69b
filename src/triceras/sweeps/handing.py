"""Hands the configuration of a job over to its process, as it was composed.

The words of the command line would be composed anew there, outside of the sweep: `${hydra:job.num}`
would be none, `${now:}` another time, and a file of `conf/` perhaps changed meanwhile.
"""

import os
import pickle
import sys

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import configure_log, setup_globals
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict, read_write

VARIABLE = "TRICERAS_JOB"


def to_hand_over(config: DictConfig, **more: str) -> bytes:
    """What a job's process is to read from its standard input.

    Args:
        config: the job's configuration; it is not resolved, so that the process does it.
        **more: settings that it has beside those that were typed.
    """
    config, root = config.copy(), HydraConfig.instance().cfg.copy()  # pyright: ignore
    with open_dict(config), open_dict(root), read_write(root.hydra):
        config.update(more)
        root.hydra.mode = RunMode.RUN
        root.hydra.overrides.task += [f"{key}={value}" for key, value in more.items()]
    return pickle.dumps((config, root))


def handed_over() -> DictConfig | None:
    """The configuration that the process of a job was given, or `None` where it is not one."""
    if os.environ.pop(VARIABLE, None) is None:
        return None
    # It comes from the sweep that started this process.
    config, root = pickle.loads(sys.stdin.buffer.read())
    setup_globals()
    HydraConfig.instance().cfg = root
    configure_log(root.hydra.job_logging, root.hydra.verbose)
    return config
