import contextlib

import keras
import pytest
from omegaconf import OmegaConf

from triceras.errors import UserError
from triceras.modelling.by_output import check_by_output

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"loss_weights": [1.0, 0.0]},
            r"loss_weights=\[1.0, 0.0\] is a list, and model",
        ),
        ({"loss_weights": {"a_size": 1.0, "kind": 0.0}}, "loss_weights has a_size, and model.loss"),
        (
            {"targets": ["size", "kind"]},
            "model.targets is a list, and the network gives",
        ),
        (
            {"metrics": [[], []]},
            "model.metrics is a list, and the network gives",
        ),
        (
            {"sample_weight": ["importance", "trust"]},
            "model.sample_weight is a list, and the network gives",
        ),
        ({"sample_weight": {"size": "importance", "kind": "trust"}}, None),
        ({"loss_weights": {"size": 1.0}}, r"none for kind: add \+model\.loss_weights\.kind=1\.0,"),
        ({"loss_weights": {"size": 1.0}, "loss": {"size": {}, "kind": None}}, "none for kind"),
        ({"loss_weights": {"size": 1.0, "kind": 2.0}}, None),
        ({"metrics": []}, None),
    ],
)
def test_what_belongs_to_outputs_is_given_by_their_names(changes, said):
    inputs = keras.Input((2,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs) for name in ("size", "kind")}
    config = OmegaConf.create({"loss": {"size": {}, "kind": {}}, "targets": {}, **changes})
    with contextlib.ExitStack() as stack:
        if said:
            stack.enter_context(pytest.raises(UserError, match=said))
        check_by_output(keras.Model(inputs, outputs), config)


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        ({"size": "importance", "kind": "trust"}, "model.sample_weight is by name, and"),
        (["importance"], "model.sample_weight is 1, and the network gives a list of 2"),
        (["importance", "trust"], None),
        ("importance", None),
        (None, None),
    ],
)
def test_weights_of_outputs_without_names_are_in_their_order(weight, said):
    inputs = keras.Input((2,))
    outputs = [keras.layers.Dense(1, name=name)(inputs) for name in ("size", "kind")]
    config = OmegaConf.create({"loss": {"size": {}, "kind": {}}, "sample_weight": weight})
    with contextlib.ExitStack() as stack:
        if said:
            stack.enter_context(pytest.raises(UserError, match=said))
        check_by_output(keras.Model(inputs, outputs), config)
