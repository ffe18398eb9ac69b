"""Whether what belongs to outputs with names is given by these names."""

from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from triceras.errors import UserError


def check_by_output(model: Any, config: DictConfig) -> None:
    """Checks that what belongs to outputs with names is given by these names.

    Keras goes by the order of the alphabet where it is given a list.

    Args:
        model: built.
        config: of the model.

    Raises:
        UserError: it is a list, or has another name.
    """
    loss, weights = config.get("loss"), config.get("loss_weights")
    by_name = isinstance(loss, DictConfig) and "_target_" not in loss
    if by_name and isinstance(weights, ListConfig):
        raise UserError(
            f"model.loss_weights={OmegaConf.to_container(weights)} is a list, and model.loss is by "
            f"output: give weights by {', '.join(map(str, loss))}"
        )
    if by_name and isinstance(weights, DictConfig) and not set(weights) <= set(loss):
        other = ", ".join(sorted(map(str, set(weights) - set(loss))))
        raise UserError(
            f"model.loss_weights has {other}, and model.loss {', '.join(map(str, loss))}"
        )
    outputs = getattr(model, "_outputs_struct", None)
    if not isinstance(outputs, dict) or len(outputs) < 2:
        return
    for key in ("targets", "loss", "metrics", "weighted_metrics"):
        value = config.get(key)
        if isinstance(value, ListConfig) and len(value):
            raise UserError(
                f"model.{key} is a list, and the network gives {', '.join(outputs)} by name: give "
                "a dictionary by these names"
            )
