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
        ({"loss_weights": {"size": 1.0}}, None),
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
