from types import SimpleNamespace

import keras
import numpy as np
import pytest

from triceras.checkpoints import snapshot
from triceras.engines.changes import changes_of
from triceras.modelling.adapting import adapt


class Standardized(keras.layers.Layer):
    """Keeps what it adapts to in plain attributes, of which no variable knows."""

    def __init__(self):
        super().__init__()
        self.scale = 1.0

    def call(self, inputs):
        return (inputs - self.mean) / self.scale


class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.standardized = Standardized()
        self.dense = keras.layers.Dense(1)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def adapt(self, x):
        self.standardized.mean = x.mean(0)
        self.standardized.scale = float(x.std())

    def call(self, inputs):
        return self.dense(self.standardized(inputs))


def adapted(x, kind=Network):
    model = kind()
    model.build((None, 2))
    adapt(model, x)
    model.compile("sgd", "mse")
    return model


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(3.0, 5.0, (50, 2)).astype("float32")


def test_a_checkpoint_has_what_a_model_adapted_to(x, caplog):
    model, other = adapted(x), adapted(10.0 * x)
    expected = keras.ops.convert_to_numpy(model(x))
    taken = snapshot.take_model(model)
    snapshot.give_model(other, taken)
    assert other.standardized.scale == model.standardized.scale
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(other(x)), expected)
    assert not caplog.text


def test_a_checkpoint_from_before_leaves_it(x):
    taken = snapshot.take_model(adapted(x))
    taken.document["constants"] = {"attributes": [], "parts": {}, "variables": {}}
    other = adapted(10.0 * x)
    snapshot.give_model(other, taken)
    np.testing.assert_allclose(other.standardized.mean, 10.0 * x.mean(0), rtol=1e-5)


def test_what_no_checkpoint_keeps_is_named(x, caplog):
    class Told(Network):
        def adapt(self, x):
            super().adapt(x)
            self.texts = {"a", "b"}
            self.standardized.table = keras.ops.reshape(keras.ops.arange(2000), (40, 50))

    model = adapted(x, Told)
    assert f"adapt set {model.name}.texts, which no checkpoint keeps" in caplog.text
    # Tensors come back as such, large ones too.
    other = adapted(10.0 * x, Told)
    other.standardized.table = 0 * other.standardized.table
    snapshot.give_model(other, snapshot.take_model(model))
    assert keras.ops.is_tensor(other.standardized.table)
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(other.standardized.table), np.arange(2000).reshape(40, 50)
    )


def test_variables_are_no_constants(x, caplog):
    class Started(Network):
        def adapt(self, x):
            self.dense.bias.assign([x.mean()])
            self.standardized.mean = 0.0

    model = adapted(x, Started)
    assert changes_of(model).adapted == {f"{model.standardized.name}.mean"}
    assert not caplog.text


class Scaler:
    """An object that a layer has, as a whitening matrix would be."""

    def __init__(self):
        self.mean = 0.0
        self.table = np.zeros((2, 600), "float32")


class Scaled(Network):
    def __init__(self):
        super().__init__()
        self.scaler = Scaler()

    def adapt(self, x):
        super().adapt(x)
        self.scaler.mean = np.repeat(x.mean(0), 600)
        self.scaler.table[:] = x.std()

    def call(self, inputs):
        shifted = inputs - self.scaler.mean.reshape(2, 600)[:, 0] / self.scaler.table[:, 7]
        return self.dense(shifted)


def check_kept(kind, x):
    """Checks that a model which adapted to other data computes the same, once it is given it."""
    model, other = adapted(x, kind), adapted(10.0 * x + 1.0, kind)
    expected = keras.ops.convert_to_numpy(model(x))
    assert not np.allclose(keras.ops.convert_to_numpy(other(x)), expected)
    snapshot.give_model(other, snapshot.take_model(model))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(other(x)), expected)


def test_large_arrays_of_objects_are_kept_wherever_they_are_filled(x, caplog):
    check_kept(Scaled, x)
    assert not caplog.text


@pytest.mark.in_turn
def test_what_objects_get_that_they_did_not_have_is_kept(x, caplog):
    preprocessing = pytest.importorskip("sklearn.preprocessing")

    class Fitted(Network):
        def __init__(self):
            super().__init__()
            self.scaler = preprocessing.StandardScaler()

        def adapt(self, x):
            super().adapt(x)
            self.scaler.fit(x)

        def call(self, inputs):
            return self.dense((inputs - self.scaler.mean_) / self.scaler.scale_)

    check_kept(Fitted, x)
    assert not caplog.text


def test_what_cannot_be_kept_of_what_is_filled_is_named(x, caplog):
    class Fitted(Network):
        def __init__(self):
            super().__init__()
            self.statistics = {"mean": 0.0, "function": np.sqrt}

        def adapt(self, x):
            super().adapt(x)
            self.statistics["mean"] = float(x.mean())
            self.scaler = Scaler()
            self.scaler.mean = 3.0

    model = adapted(x, Fitted)
    names = "scaler, {0}.scaler.mean, {0}.scaler.table, {0}.statistics"
    assert f"{model.name}.{names.format(model.name)}, which no checkpoint keeps" in caplog.text
    # It stays as it is on the run's own data.
    snapshot.give_model(model, snapshot.take_model(model))
    assert model.scaler.mean == 3.0


@pytest.mark.parametrize("count", [2, 2000])
def test_what_no_checkpoint_keeps_of_an_object_stays_there(count, x, caplog):
    class Named(Scaled):
        def adapt(self, x):
            super().adapt(x)
            self.scaler.names = np.full(count, "width")

        def call(self, inputs):
            return super().call(inputs) * len(self.scaler.names)

    check_kept(Named, x)
    assert ".scaler.names, which no checkpoint keeps" in caplog.text


def set_mean(thing, mean):
    thing.mean = mean


DEEP = {
    "object": (lambda: SimpleNamespace(mean=0.0), set_mean),
    "list": (lambda: [SimpleNamespace(mean=0.0)], lambda held, mean: set_mean(held[0], mean)),
    "long": (list, lambda held, mean: held.extend([mean] * 2000)),
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_deep_within_objects_is_named_and_stays(kind, x, caplog):
    made, fill = DEEP[kind]

    class Deep(Scaled):
        def __init__(self):
            super().__init__()
            self.scaler.held = made()

        def adapt(self, x):
            super().adapt(x)
            fill(self.scaler.held, float(x.mean()))

        def call(self, inputs):
            held = self.scaler.held
            first = held[0] if isinstance(held, list) else held
            return super().call(inputs) * getattr(first, "mean", first)

    model, other = adapted(x, Deep), adapted(x, Deep)
    assert f"adapt set {model.name}.scaler.held, which no checkpoint keeps" in caplog.text
    snapshot.give_model(other, snapshot.take_model(model))
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(m(x)) for m in (model, other)))
