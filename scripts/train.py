"""Trains an experiment: python scripts/train.py backend=jax seed=1."""

import contextlib

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

import hydra
from omegaconf import DictConfig

from triceras.commands.command import run, task
from triceras.config import own_folder


@hydra.main(version_base="1.3", config_path=str(own_folder()), config_name="train")
@task
def main(config: DictConfig) -> float | None:
    # Imported here, so that --help, --cfg and tab completion answer at once.
    from triceras.sweeps.job import in_sweep
    from triceras.sweeps.worker import run_job

    if in_sweep():
        return run_job(config)
    if config.get("seeds_in_parallel", 1) != 1:
        from triceras.commands.seeds import train_seeds

        return train_seeds(config)
    from triceras.commands.train import train

    return train(config).objective


if __name__ == "__main__":
    run(main)
