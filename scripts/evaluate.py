"""Evaluates a run: python scripts/evaluate.py run=<run folder> checkpoint=best."""

import contextlib

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

import hydra
from omegaconf import DictConfig

from triceras.commands.command import run, task
from triceras.config import own_folder


@hydra.main(version_base="1.3", config_path=str(own_folder()), config_name="evaluate")
@task
def main(config: DictConfig) -> None:
    # Imported here, so that --help, --cfg and tab completion answer at once.
    from triceras.commands.evaluate import evaluate

    evaluate(config)


if __name__ == "__main__":
    run(main)
