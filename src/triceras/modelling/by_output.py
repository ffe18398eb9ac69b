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
        UserError: it is a list, has another name, or lacks the weight of a loss.
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
    if by_name and isinstance(weights, DictConfig):
        # Keras counts outputs without a loss among those that have weights.
        left = [str(name) for name in loss if name not in weights]
        if left:
            raise UserError(
                f"model.loss_weights has none for {', '.join(left)}: add "
                + " ".join(f"+model.loss_weights.{name}=1.0" for name in left)
                + ", or what it is to count"
            )
    outputs = getattr(model, "_outputs_struct", None)
    if isinstance(outputs, list | tuple) and len(outputs) > 1:
        check_in_order(config.get("sample_weight"), len(outputs))
    if not isinstance(outputs, dict) or len(outputs) < 2:
        return
    for key in ("targets", "loss", "metrics", "weighted_metrics", "sample_weight"):
        value = config.get(key)
        if isinstance(value, ListConfig) and len(value):
            raise UserError(
                f"model.{key} is a list, and the network gives {', '.join(outputs)} by name: give "
                "a dictionary by these names"
            )


def check_in_order(weight: Any, count: int) -> None:
    """Checks that the weights of examples are those of outputs that have an order.

    Args:
        weight: `model.sample_weight`.
        count: of the outputs.

    Raises:
        UserError: they are by name, or are fewer.
    """
    other = isinstance(weight, ListConfig) and len(weight) != count
    if other or isinstance(weight, DictConfig):
        given = f"{len(weight)}" if other else "by name"
        raise UserError(
            f"model.sample_weight is {given}, and the network gives a list of {count} outputs: "
            "name one part for all, or a list of one for each in their order"
        )
