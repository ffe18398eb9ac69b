"""What proposes the parameters of a trial, from the seed of the search and the trial's number.

A command that goes on with a study, or shares one, would else draw the same numbers once more.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from triceras.config import build

SAMPLER = "hydra.sweeper.sampler"
# These go through a list or a sequence, which is to be the same in all processes.
SHARED = ("QMCSampler", "GridSampler", "BruteForceSampler")


def make_sampler(config: Mapping[str, Any], number: int) -> Any:
    """The sampler for one trial.

    Args:
        config: its `_target_` and arguments.
        number: of the trial.
    """
    settings = dict(config)
    seed = settings.get("seed")
    if isinstance(seed, int) and not str(settings.get("_target_")).endswith(SHARED):
        settings["seed"] = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    return build(SAMPLER, settings)
