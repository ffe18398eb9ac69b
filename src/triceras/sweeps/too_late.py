"""Refuses what a job's configuration says of the sweep that the job is already in."""

from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.checkpoints.differences import differences
from triceras.errors import UserError

# What is chosen once for all jobs, and how it is typed.
OF_A_SWEEP = {"launcher": "hydra/launcher=", "sweeper": "hydra/sweeper="}


def check(sweep: DictConfig, job: DictConfig, words: Sequence[str]) -> None:
    """Checks that a job is started as its configuration says.

    A sweep over `experiment=a,b` composes these files for each job, when the launcher has been
    made. Hydra would leave out what they say of it without a word.

    Args:
        sweep: what Hydra composed for all jobs together.
        job: what it composed for one.
        words: of that one.

    Raises:
        UserError: the job asks for another launcher or sweeper, or another setting of it.
    """
    for part, typed in OF_A_SWEEP.items():
        before, after = (plain(config, part) for config in (sweep, job))
        if changes := differences(before, after, ()):
            raise UserError(
                f"{' '.join(words)} would set hydra.{part} ({changes[0]}), which comes too late "
                f"where it is one of several choices: type {typed} and what it is to be, or sweep "
                "over it in a command of its own"
            )


def plain(config: DictConfig, part: str) -> dict[str, Any]:
    """What a configuration says of the launcher or the sweeper, with its name."""
    settings: Any = OmegaConf.to_container(config.hydra[part], resolve=False)
    return {"": config.hydra.runtime.choices[f"hydra/{part}"], **settings}
