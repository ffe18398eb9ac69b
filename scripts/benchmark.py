"""Compares the speed of an experiment: python scripts/benchmark.py backend=jax."""

import contextlib

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

import hydra
from omegaconf import DictConfig

from triceras.commands.command import run, task
from triceras.config import own_folder


@hydra.main(version_base="1.3", config_path=str(own_folder()), config_name="benchmark")
@task
def main(config: DictConfig) -> None:
    # Imported here, so that --help, --cfg and tab completion answer at once.
    from triceras.benchmark.run import benchmark

    benchmark(config)


if __name__ == "__main__":
    run(main)
