import keras
import numpy as np
import pytest

from triceras.checkpoints import snapshot, variables
from triceras.checkpoints.snapshot import Position
from triceras.errors import UserError


def make_model(units=2):
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dropout(0.5, seed=1), keras.layers.Dense(units)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"], run_eagerly=True)
    return model


def trained(units=2):
    model = make_model(units)
    model.fit(np.ones((8, 3)), np.ones((8, units)), batch_size=4, verbose=0)
    return model


@pytest.mark.in_turn
@pytest.mark.slow_on("jax")
def test_a_snapshot_makes_another_model_the_same(backend):
    model, other = trained(), trained()
    other.fit(np.zeros((8, 3)), np.ones((8, 2)), verbose=0)
    taken = snapshot.take(model, [], Position(step=2, epoch=1))
    snapshot.give(other, [], taken)
    again = snapshot.take(other, [], Position())
    names = [name for name in taken.arrays if not name.startswith("random/")]
    # Two weights, the seed's counter, two metrics of two, Adam's slots, its counter and rate.
    assert len([name for name in names if name.startswith("model/")]) == 3
    assert len([name for name in names if name.startswith("optimizer/loss/")]) == 6
    assert any(name.startswith("metrics/") for name in names)
    for name in names:
        np.testing.assert_array_equal(taken.arrays[name], again.arrays[name], err_msg=name)
    assert taken.position == Position(step=2, epoch=1)
    assert taken.document["backend"] == backend


@pytest.mark.slow_on("jax")
def test_random_counters_are_there_and_move():
    model = trained()
    before = snapshot.take(model, [], Position())
    model.fit(np.ones((8, 3)), np.ones((8, 2)), batch_size=4, verbose=0)
    after = snapshot.take(model, [], Position())
    (counter,) = [
        f"model/{i:05d}"
        for i, path in enumerate(before.document["variables"]["model"])
        if "seed_generator" in path
    ]
    assert before.arrays[counter][1] != after.arrays[counter][1]


@pytest.mark.in_turn
@pytest.mark.slow_on("tensorflow")
def test_generators_of_the_host_go_on(monkeypatch):
    import random

    taken = snapshot.take(trained(), [], Position())
    drawn = [random.random(), np.random.rand(), float(keras.random.uniform(()))]
    with_global = snapshot.take(trained(), [], Position())
    expected = [random.random(), np.random.rand(), float(keras.random.uniform(()))]
    snapshot.give(trained(), [], with_global)
    assert [random.random(), np.random.rand(), float(keras.random.uniform(()))] == expected
    snapshot.give(trained(), [], taken)
    assert [random.random(), np.random.rand()] == drawn[:2]


@pytest.mark.in_turn
@pytest.mark.slow_on("jax")
def test_another_model_is_refused_and_stays_as_it_is():
    taken = snapshot.take(trained(2), [], Position())
    other = trained(5)
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in other.variables]
    with pytest.raises(UserError, match="it is of another model"):
        snapshot.give_model(other, taken)
    for value, variable in zip(before, other.variables, strict=True):
        np.testing.assert_array_equal(value, keras.ops.convert_to_numpy(variable))


def normalizing(data=None):
    """A model of two layers that normalize, of which one was told with what."""
    known = keras.layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0])
    layer = keras.layers.Normalization()
    model = keras.Sequential([keras.Input((3,)), known, layer])
    model.compile("sgd", "mse")
    if data is not None:
        layer.adapt(data)
    return model


@pytest.mark.slow_on("jax")
@pytest.mark.parametrize(
    "give", [snapshot.give_model, lambda model, taken: snapshot.give(model, [], taken)]
)
def test_a_model_normalizes_with_the_statistics_that_it_is_given(give):
    rng = np.random.default_rng(0)
    own, others = rng.normal(5.0, 2.0, (40, 3)), rng.normal(50.0, 20.0, (40, 3))
    model, other, new = normalizing(own), normalizing(others), normalizing()
    taken = snapshot.take(model, [], Position())
    expected = keras.ops.convert_to_numpy(model(others))
    for one in (other, new):
        give(one, taken)
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one(others)), expected)


def test_variables_in_another_order_are_told_apart_by_their_paths():
    a, b = (keras.Variable(np.full(2, i, "float32"), name=name) for i, name in enumerate("ab"))
    arrays, paths = variables.take([a, b], "x")
    a.assign([7, 7])
    b.assign([7, 7])
    variables.give([b, a], arrays, paths, "x")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(a), [0, 0])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(b), [1, 1])


def test_integers_of_another_width_keep_their_bits():
    counter = keras.Variable(np.array([0, 0]), dtype="int32", trainable=False)
    arrays = {"x/00000": np.array([4294967295, 5], "uint32")}
    variables.give([counter], arrays, ["x"], "x")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(counter), [-1, 5])


def test_what_metrics_of_a_former_version_kept_is_taken():
    before = keras.Variable(np.array([1, 2]), dtype="int32", trainable=False, name="counts")
    arrays, paths = variables.take([before], "metrics")
    now = [keras.Variable(np.zeros(2), dtype="float32", name=name) for name in ("counts", "origin")]
    with pytest.raises(UserError, match="1 variables of metrics and the model 2"):
        variables.give(now, arrays, paths, "metrics")
    variables.give(now, arrays, paths, "metrics", lambda variable: True)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(now[0]), [1.0, 2.0])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(now[1]), [0.0, 0.0])


FACTOR = keras.Variable(np.float32(0.5), trainable=False, name="factor")


class Scaled(keras.optimizers.SGD):
    """Reads a variable of its module."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient * FACTOR, variable, learning_rate)


def test_a_run_goes_on_that_held_what_its_optimizer_reads_as_a_constant():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(Scaled(0.25), "mse")
    taken = snapshot.take(model, [], Position(step=2))
    kept = taken.document["variables"]["optimizer/loss"]
    assert kept.pop() == FACTOR.path
    model.optimizer.learning_rate = 1.0
    FACTOR.assign(0.75)
    snapshot.give(model, [], taken)
    assert [float(model.optimizer.learning_rate), float(FACTOR)] == [0.25, 0.75]
    kept.pop()
    with pytest.raises(UserError, match="1 variables of optimizer/loss and the model 2"):
        snapshot.give(model, [], taken)
