"""The parts of a data set that a model's configuration names: its inputs, targets and weights."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.data.dataset import Dataset
from triceras.data.parts import inputs_of, labels_of
from triceras.data.tree import map_tree, named_leaves
from triceras.errors import UserError

# What stands for the parts that a data set calls its own inputs and labels.
INPUTS, LABELS = "inputs", "labels"


def inputs_of_model(config: DictConfig, data: Dataset) -> Any:
    """The parts that a model is called with, a tree.

    Raises:
        UserError: a part is named that is not there.
    """
    inputs = parts_of("inputs", config.get("inputs"), data)
    return inputs_of(data) if inputs is None else inputs


def targets_of(config: Any, inputs: Any, data: Dataset, there: bool = True) -> Any:
    """The parts of `model.targets`: `inputs` for those of the model, `labels` for the data's.

    Args:
        config: `model.targets`.
        inputs: the parts that the model is given.
        data: the data set.
        there: whether it must have those that are named.

    Raises:
        UserError: a part is named that is not there, or the data do not say which the labels are.
    """
    parts = data.train.parts
    if config == LABELS and LABELS not in parts:
        return labels_of(data)
    return parts_of("targets", config, data, there, inputs)


def parts_of(name: str, config: Any, data: Dataset, there: bool = True, inputs: Any = None) -> Any:
    """A tree of names of parts.

    Args:
        name: of the setting, as in `model.targets`.
        config: its value.
        data: the data set.
        there: whether it must have those that are named.
        inputs: what `inputs` stands for; `None` for those of the data.

    Raises:
        UserError: there is no such part.
    """
    if config is None:
        return None
    tree: Any = OmegaConf.to_container(config) if OmegaConf.is_config(config) else config
    own = {INPUTS: lambda data: inputs_of(data) if inputs is None else inputs, LABELS: labels_of}

    def found(part: Any) -> Any:
        return own[part](data) if part in own and part not in data.train.parts else part

    tree = map_tree(found, tree)
    for place, part in named_leaves(f"model.{name}", tree):
        if there and part not in data.train.parts:
            more = ""
            if name == "targets" and isinstance(config, str):
                more = (
                    ", or model.targets=inputs (the model reconstructs its input), "
                    "model.targets=labels (it predicts the label), or null"
                )
            raise UserError(
                f"{place}={part!r} is unknown: {data.name} has {', '.join(data.train.parts)}{more}"
            )
    return tree
