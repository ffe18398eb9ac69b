"""Predicts with a run: python scripts/predict.py run=<run folder> output=<file.npz>."""

import contextlib

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

import hydra
from omegaconf import DictConfig

from triceras.commands.command import run, task
from triceras.config import own_folder


@hydra.main(version_base="1.3", config_path=str(own_folder()), config_name="predict")
@task
def main(config: DictConfig) -> None:
    # Imported here, so that --help, --cfg and tab completion answer at once.
    from triceras.commands.predict import predict

    predict(config)


if __name__ == "__main__":
    run(main)
