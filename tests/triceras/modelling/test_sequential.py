import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.config import build
from triceras.data import split_table
from triceras.errors import UserError
from triceras.modelling.build import build_model
from triceras.modelling.sequential import build_sequential

SGD = OmegaConf.create({"_target_": "keras.optimizers.SGD", "learning_rate": 0.1})


def test_logits_come_last_where_there_are_classes():
    model = build_sequential((2, 3), [keras.layers.Dense(4)], classes=5)
    assert model.output_shape == (None, 5)
    assert [type(layer).__name__ for layer in model.layers] == ["Flatten", "Dense", "Dense"]


def test_the_last_layer_s_output_stays_where_there_are_none():
    assert build_sequential((6,), [keras.layers.Dense(4)]).output_shape == (None, 4)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_a_configuration_is_enough_for_labels_that_are_no_classes():
    x = np.random.default_rng(0).standard_normal((60, 2)).astype("float32")
    y = x @ np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 2.0]], "float32")
    data = split_table("t", x, y, validation_size=0, test_size=10, split_seed=0, limit=None)
    config = OmegaConf.create(
        {
            "targets": "labels",
            "network": {
                "_target_": "triceras.modelling.sequential.build_sequential",
                "layers": [{"_target_": "keras.layers.Dense", "units": 3}],
            },
            "loss": {"_target_": "keras.losses.MeanSquaredError"},
            "metrics": [],
        }
    )
    model = build_model(config, SGD, data)
    before = model.evaluate(data.test["features"], data.test["label"], verbose=0)
    model.fit(data.train["features"], data.train["label"], epochs=20, verbose=0)
    assert model.evaluate(data.test["features"], data.test["label"], verbose=0) < 0.1 * before


@pytest.mark.parametrize("classes", [None, 3])
def test_it_is_built_of_what_the_data_say(classes):
    config = OmegaConf.create(
        {
            "_target_": "triceras.modelling.sequential.build_sequential",
            "layers": [{"_target_": "keras.layers.Dense", "units": 4}],
        }
    )
    model = build("model.network", config, input_shape=(2,), classes=classes, image_shape=None)
    assert model.output_shape == (None, classes or 4)


def test_what_a_network_asks_for_and_the_data_do_not_say_is_told_in_one_line():
    x = np.zeros((20, 2), "float32")
    data = split_table("t", x, x, validation_size=0, test_size=10, split_seed=0, limit=None)
    target = "triceras.testing.small.classifier.build_linear"
    config = OmegaConf.create({"network": {"_target_": target}, "loss": None, "metrics": []})
    with pytest.raises(UserError) as error:
        build_model(config, SGD, data)
    assert str(error.value) == (
        f"model.network cannot be built: {target} asks for classes, which the data do not say: "
        "give it as +model.network.classes=<value>, or let the data set say it, as labels do that "
        "are whole numbers"
    )
    config.network.classes = 3
    assert build_model(config, SGD, data).output_shape == (None, 3)
