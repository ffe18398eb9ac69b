import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.engines.objective import Objective, objectives_of
from triceras.parity.first_batch import FirstBatch, named
from triceras.parity.layer_outputs import to_array
from triceras.random.install import install, uninstall
from triceras.testing.small import data as digits

KEY = np.array([3, 4], "int32")


@pytest.fixture(autouse=True)
def portable_randomness():
    """Keras's own dropout on PyTorch does not draw the same mask from the same counter."""
    install()
    yield
    uninstall()


def classifier():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(8, "relu", name="hidden"),
            keras.layers.BatchNormalization(name="normalization"),
            keras.layers.Dropout(0.5, name="dropout"),
            keras.layers.Dense(10, name="logits"),
        ],
        name="classifier",
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
    return model


class Rivals(keras.Model):
    """Two objectives that share a layer."""

    def __init__(self):
        super().__init__()
        keras.utils.set_random_seed(0)
        self.shared = keras.layers.Dense(4, name="shared")
        self.shared.build((None, 64))
        self.sgd = [keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)]
        self.built = True

    def objectives(self):
        def loss(sign):
            return lambda inputs, targets, training: sign * keras.ops.mean(self.shared(inputs))

        variables = self.shared.trainable_variables
        return [
            Objective(name, loss(sign), variables, optimizer)
            for name, sign, optimizer in zip(("up", "down"), (-1, 1), self.sgd, strict=True)
        ]


@pytest.fixture(scope="module")
def rows():
    data = digits.load(
        validation_size=0,
        test_size=10,
        split_seed=0,
        flatten=True,
        scale=True,
        binarize="none",
        limit=None,
    )
    return data.train.take(slice(16))


@pytest.fixture
def batch(rows):
    def batch(model):
        return FirstBatch(model, BatchPreparation("image", "label"), rows, KEY)

    return batch


@pytest.mark.slow_on("jax", "tensorflow")
def test_all_that_a_model_computes_and_nothing_changes(batch, rows):
    model = classifier()
    before = [to_array(v.value) for v in model.variables]
    first = batch(model)
    np.testing.assert_array_equal(first.tensors()["inputs"], rows["image"])
    np.testing.assert_array_equal(first.tensors()["targets"], rows["label"])
    assert list(first.weights()) == [v.path for v in model.variables]
    layers, unseen, losses = first.forward()
    names = ["hidden", "normalization", "dropout", "logits"]
    assert list(layers) == [*(f"classifier/{name}" for name in names), "classifier"]
    assert unseen == []
    # The dropout was at work.
    assert (layers["classifier/dropout"] == 0).mean() > 0.3
    gradients = first.gradients()
    assert list(gradients) == [v.path for v in model.trainable_variables]
    assert all(np.any(gradients[v.path]) for v in model.trainable_variables)
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, to_array(variable.value))
    # And so it can be had again.
    np.testing.assert_array_equal(first.forward()[2]["loss"], losses["loss"])


@pytest.mark.slow_on("jax")
def test_the_loss_is_that_of_the_outputs(batch, rows):
    model = classifier()
    layers, _, losses = batch(model).forward()
    logits = layers["classifier"].astype("float64")
    log_sums = np.log(np.exp(logits).sum(1))
    expected = np.mean(log_sums - logits[np.arange(len(logits)), rows["label"]])
    np.testing.assert_allclose(losses["loss"], expected, rtol=1e-6)


def test_several_objectives_are_told_apart(batch):
    model = Rivals()
    first = batch(model)
    layers, _, losses = first.forward()
    assert list(layers) == ["up: shared", "down: shared"]
    assert list(losses) == ["up", "down"]
    np.testing.assert_array_equal(losses["up"], -losses["down"])
    paths = [v.path for v in objectives_of(model)[0].variables]
    gradients = first.gradients()
    assert list(gradients) == [f"{name}: {path}" for name in ("up", "down") for path in paths]
    for path in paths:
        np.testing.assert_array_equal(gradients[f"up: {path}"], -gradients[f"down: {path}"])
    assert len(first.weights()) == 2


def test_names_that_are_there_already_get_a_number():
    assert named([("a", 1), ("b", 2), ("a", 3), ("a", 4)]) == {
        "a": 1,
        "b": 2,
        "a #2": 3,
        "a #3": 4,
    }
