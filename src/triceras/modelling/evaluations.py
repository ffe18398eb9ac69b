"""What a model's configuration wants computed of it after training."""

import inspect
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import hydra.utils
import keras
from omegaconf import DictConfig

from triceras.config import build
from triceras.data.dataset import Dataset
from triceras.errors import UserError
from triceras.errors import place as place_in_code


def evaluations(
    config: DictConfig,
    model: keras.Model,
    data: Dataset,
    folder: Path,
    metrics: Collection[str] = (),
    inputs: Any = None,
) -> dict[str, float]:
    """Computes them on the test data.

    Args:
        config: of a model; each of its `evaluations` is a function that is given `model`, `data`,
            the test split, `train`, that of training, `folder` and `inputs`, where it has such
            parameters.
        model: trained.
        data: the data set.
        folder: the run folder.
        metrics: names that other results have.
        inputs: the part of the data that the model is given, or a tree of them.

    Returns:
        Their results together, by name.

    Raises:
        UserError: one cannot be computed, is no number, or has the name of another result.
    """
    results: dict[str, float] = {}
    for name, evaluation in (config.get("evaluations") or {}).items():
        place = f"model.evaluations.{name}"
        available = {
            "model": model,
            "data": data.test,
            # To make it may take as long as many steps.
            "train": data.train_to_look_at() if asks_for_train(evaluation) else data.train,
            "folder": folder,
        }
        try:
            found = build(place, evaluation, inputs=inputs, **available)
        except UserError as error:
            where = place_in_code(error)
            # Of what went wrong in a layer it is said already.
            where = "" if where in str(error) else where
            raise UserError(
                f"{place} cannot be computed of the trained model ({error}){where}"
                ": what the run reached is saved, so mend it and go on with resume=<run folder>, "
                "with ++model.evaluations=null to go without"
            ) from error
        results |= checked(place, found, [*metrics, *results])
    return results


def asks_for_train(evaluation: Any) -> bool:
    """Whether an evaluation is given the training split; what is wrong with it, `build` says."""
    try:
        target = hydra.utils.get_object(evaluation["_target_"])
        return "train" in inspect.signature(target).parameters
    # Whatever its module raises as it is imported.
    except Exception:
        return False


def checked(place: str, found: Any, others: Collection[str]) -> dict[str, float]:
    """The results of an evaluation as numbers.

    Raises:
        UserError: they are none, or one has the name of another result.
    """
    if not isinstance(found, Mapping):
        raise UserError(f"{place} returns no dictionary of names and numbers, but {found!r}")
    numbers = {}
    for name, value in found.items():
        if name in others:
            raise UserError(f"{place} returns {name!r}, which another result is called: rename it")
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError) as error:
            raise UserError(f"{place} returns {name!r}, which is no number: {value!r}") from error
    return numbers
