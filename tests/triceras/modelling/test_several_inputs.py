import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.config import compose
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.build import build_model

pytestmark = pytest.mark.once

SPLIT = Split({"image": np.zeros((9, 4, 2), "float32"), "table": np.zeros((9, 3), "float32")})
DATA = Dataset("here", SPLIT, None, SPLIT, inputs={"image": "image", "table": "table"})
SAID = (
    r"^model\.network \S+ takes one array, and is given inputs of shape image \(4, 2\), table "
    r"\(3,\): choose one of them, as in \+model\.inputs=image, or a model that takes several$"
)


def of_a_shape(input_shape):
    return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(1)])


def of_its_parts(input_shape):
    return of_a_shape(input_shape[:1])


class WithoutShape(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)


class WithShape(WithoutShape):
    def build(self, input_shape):
        self.dense.build((None, input_shape[-1]))


def of_several(input_shape):
    raise ValueError("it is so")


def built(network):
    optimizer = compose(["optimizer=adam"]).optimizer
    return build_model(OmegaConf.create({"network": network}), optimizer, DATA)


@pytest.mark.parametrize(
    "network",
    [
        *({"_target_": f"{__name__}.{name}"} for name in ("of_a_shape", "of_its_parts")),
        *({"_target_": f"{__name__}.{name}"} for name in ("WithoutShape", "WithShape")),
        {
            "_target_": "keras.Sequential",
            "layers": [{"_target_": "keras.layers.Dense", "units": 1}],
        },
    ],
)
def test_what_is_given_and_what_to_do_is_told(network):
    with pytest.raises(UserError, match=SAID):
        built(network)


def test_what_has_nothing_to_do_with_it_stays():
    with pytest.raises(UserError, match=r"it is so$"):
        built({"_target_": f"{__name__}.of_several"})


def test_a_single_number_among_several_is_not_what_is_wrong():
    split = Split({"table": np.zeros((9, 3), "float32"), "city": np.zeros(9, "int32")})
    data = Dataset("here", split, None, split, inputs=["table", "city"])
    config = OmegaConf.create({"network": {"_target_": f"{__name__}.of_a_shape"}})
    said = r"^model\.network \S+ takes one array, and is given inputs of shape table \(3,\), city "
    with pytest.raises(UserError, match=said):
        build_model(config, compose(["optimizer=adam"]).optimizer, data)
