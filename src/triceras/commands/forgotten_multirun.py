"""A sweep that was asked for without `-m`, which would be one run like any other."""

import shlex
import sys

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from triceras.errors import UserError

GROUPS = ("sweep", "hydra/sweeper", "hydra/launcher")
SETTINGS = ("hydra.sweeper.", "hydra.launcher.")


def check_multirun() -> None:
    """Checks that what only a sweep has was typed for one.

    Raises:
        UserError: it was not.
    """
    if not HydraConfig.initialized() or HydraConfig.get().mode != RunMode.RUN:
        return
    typed = HydraConfig.get().overrides
    for word in (*typed.task, *typed.hydra):
        key = word.partition("=")[0].lstrip("+")
        if key in GROUPS or key.startswith(SETTINGS):
            command = shlex.join(["python", sys.argv[0], "-m", *sys.argv[1:]])
            raise UserError(f"{word} is of a sweep, and this is a single run: {command}")
