"""Other data, configured to come in the form that the model of a run takes."""

import copy
from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from triceras.checkpoints.other_data import NORMALIZATION
from triceras.data.parts import first_input
from triceras.data.split_rows import MARKS
from triceras.data.tree import named_leaves
from triceras.environment import typed_in

# The settings of a data set that say in what form its parts come.
FORM = (
    *("flatten", "scale", "binarize", "size", "resize", "grey"),
    *("parts", "names", "inputs", "labels", "classes", "image_shape", "declares", "normalize"),
)
# And those that say which row is in which split.
DIVIDED_BY = (*MARKS, "folds", "fold")
DIVISION = ("validation_size", "test_size", "split_seed", *DIVIDED_BY)


def as_the_run_wants(
    data_config: DictConfig, own: DictConfig, said: frozenset[str] = frozenset()
) -> DictConfig:
    """Other data in the form that a run's model takes, but for what a person typed or wrote.

    Args:
        data_config: of the other data.
        own: of the run's.
        said: the keys that the file of the other data sets itself.
    """
    typed = typed_in("data") | said
    same = own.keys() & data_config.keys()
    # Of one source another division would test on rows that the run was trained on. A path may have
    # moved, and what another function returns is another source.
    one = all(own.get(key) == data_config.get(key) for key in ("_target_", "source"))
    wanted = (*FORM, *DIVISION) if one else FORM
    form = {key: own[key] for key in wanted if key in same and key not in typed}
    data_config = copy.deepcopy(data_config)
    OmegaConf.set_struct(data_config, False)  # as `declares` has other keys in each run
    return OmegaConf.merge(data_config, form)  # pyright: ignore[reportReturnType]


def scaled_as(kept: Mapping[str, Any], data: DictConfig) -> DictConfig:
    """A configuration of other data, with the scale that a run has kept of its own.

    Args:
        kept: what the run has kept of its data.
        data: of the other data; where a person has typed a scale, it stays.
    """
    known = kept.get(NORMALIZATION)
    if not known or "normalize" in typed_in("data") or data.get("normalize", True):
        return data
    return OmegaConf.merge(data, {"normalize": list(known)})  # pyright: ignore[reportReturnType]


def not_divided(data: DictConfig) -> DictConfig | None:
    """A configuration of data that takes one row for the test and the others for training.

    Returns:
        `None` where a person has typed how they are divided, or they cannot be divided.
    """
    sizes = {"validation_size": 0, "test_size": 1}
    if not sizes.keys() <= data.keys() or typed_in("data") & {*DIVISION}:
        return None
    result = copy.deepcopy(data)
    result.update(sizes | {key: None for key in DIVIDED_BY if key in data})
    return result


def without_labels(data: DictConfig, model: DictConfig) -> DictConfig:
    """A configuration of data that asks for nothing but what a model is given.

    Args:
        data: its `parts`, if it names some, are columns of a table.
        model: names the parts that it is given, or takes those that the data say.
    """
    result = copy.deepcopy(data)
    parts = data.get("parts")
    with open_dict(result):
        if OmegaConf.is_dict(parts):
            wanted = model.get("inputs") or data.get("inputs") or first_input(list(parts))
            wanted = OmegaConf.to_container(wanted) if OmegaConf.is_config(wanted) else wanted
            names = {name for _, name in named_leaves("", wanted)}
            result.parts = {name: part for name, part in parts.items() if name in names}
            if OmegaConf.is_list(data.get("normalize")):
                result.normalize = [name for name in data.normalize if name in names]
        for key in ("labels", *MARKS):
            if key in result:
                result[key] = None
    return result
