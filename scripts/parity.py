"""Compares an experiment on all backends: python scripts/parity.py steps=100 loops=custom."""

import contextlib
import sys

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from triceras.commands.command import run, task
from triceras.config import own_folder
from triceras.parity.settings import with_lists


@hydra.main(version_base="1.3", config_path=str(own_folder()), config_name="parity")
@task
def main(config: DictConfig) -> float | None:
    # Imported here, so that --help, --cfg and tab completion answer at once.
    from triceras.sweeps.job import in_sweep
    from triceras.sweeps.worker import run_job

    if in_sweep():
        return run_job(config)
    from triceras.parity.check import parity

    parity(config, list(HydraConfig.get().overrides.task))
    return None


if __name__ == "__main__":
    sys.argv[1:] = with_lists(sys.argv[1:])
    run(main)
