"""What a model's configuration wants computed of it after training."""

from typing import Any

import keras
from omegaconf import DictConfig

from triceras.config import build
from triceras.data.dataset import Dataset


def evaluations(config: DictConfig, model: keras.Model, data: Dataset) -> dict[str, Any]:
    """Computes them on the test data.

    Args:
        config: of a model; each of its `evaluations` is a function that is given `model`, `data`,
            the test split, and `train`, that of training, where it has such parameters.
        model: trained.
        data: the data set.

    Returns:
        Their results together, by name.
    """
    results: dict[str, Any] = {}
    for name, evaluation in config.evaluations.items():
        results |= build(
            f"model.evaluations.{name}", evaluation, model=model, data=data.test, train=data.train
        )
    return results
