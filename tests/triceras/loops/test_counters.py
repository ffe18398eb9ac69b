import keras
import numpy as np
import pytest
from keras import ops

from triceras.errors import UserError
from triceras.testing.loops import LOOPS, train


class CountedLoss(keras.losses.Loss):
    calls = 0

    def __init__(self):
        super().__init__(name="counted_loss")
        self.calls = 0

    def call(self, y_true, y_pred):
        self.calls += 1
        return ops.mean(ops.square(y_pred - y_true), -1) * (1 + 0.1 * self.calls)


class CountedMetric(keras.metrics.Metric):
    def __init__(self):
        super().__init__(name="counted_metric")
        self.total = self.add_variable((), "zeros")
        self.calls = 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.mean(y_pred))
        self.calls += 1

    def result(self):
        return self.total / max(self.calls, 1)


class CountedLayer(keras.layers.Layer):
    def __init__(self):
        super().__init__(name="counted_layer")
        self.calls = 0.0
        # What is found out once, or is kept for people, is no counter.
        self.width = -1
        self.seen = []
        self.began = False

    def call(self, x):
        self.calls += 0.5
        self.width, self.began = x.shape[-1], True
        return x * (1 + 0.1 * self.calls)


class Count:
    def __init__(self):
        self.calls = 0


class Holding(keras.layers.Layer):
    """Counts in what it has: an object, or a collection."""

    def __init__(self, counts):
        super().__init__(name="holding")
        self.counts, self.seen = counts, {}

    def call(self, x):
        self.seen[x.shape[-1]] = len(self.seen)
        if isinstance(self.counts, Count):
            self.counts.calls += 1
            return x * (1 + 0.1 * self.counts.calls)
        key = 0 if isinstance(self.counts, list) else "calls"
        self.counts[key] += 1
        return x * (1 + 0.1 * self.counts[key])


class CountedRegularizer(keras.regularizers.Regularizer):
    calls = 0

    def __call__(self, x):
        self.calls += 1
        return 0.1 * self.calls * ops.sum(ops.square(x))


class CountedSchedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self):
        self.calls = 0

    def __call__(self, step):
        self.calls += 1
        return 0.1 / self.calls


class CountedOptimizer(keras.optimizers.SGD):
    calls = 0

    def update_step(self, gradient, variable, learning_rate):
        self.calls += 1
        super().update_step(gradient * (1 if self.calls < 3 else 3), variable, learning_rate)


class Noting(keras.optimizers.SGD):
    width = None

    def update_step(self, gradient, variable, learning_rate):
        self.width = len(variable.shape)
        super().update_step(gradient, variable, learning_rate)


class Still(CountedLayer):
    def call(self, x):
        self.width, self.began = x.shape[-1], True
        return x


def trained(loop, compile=True, layer=None, loss="mse", metric="mae", optimizer="sgd"):
    layers = [keras.layers.Dense(1, kernel_initializer="ones")]
    model = keras.Sequential([keras.Input((3,)), *layers, *([layer] if layer else [])])
    model.compile(optimizer, loss, metrics=[metric])
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    return train(model, x, x[:, :1], loop, compile=compile)[0]


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("part", "make"),
    [
        ("loss", CountedLoss),
        ("loss", lambda: [CountedLoss()]),
        ("metric", CountedMetric),
        ("layer", CountedLayer),
        ("optimizer", lambda: CountedOptimizer(name="counted_optimizer")),
    ],
)
@pytest.mark.slow_on("tensorflow", "torch")
def test_what_a_step_counts_by_itself_is_refused(loop, part, make):
    with pytest.raises(UserError, match=f"changes counted_{part}.calls, a number of Python's"):
        trained(loop, **{part: make()})


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("name", "part", "make"),
    [
        ("holding.counts.calls", "layer", lambda: Holding(Count())),
        (r"holding.counts\['calls'\]", "layer", lambda: Holding({"calls": 0})),
        (r"holding.counts\[0\]", "layer", lambda: Holding([0])),
        (
            "regular.kernel_regularizer.calls",
            "layer",
            lambda: keras.layers.Dense(1, kernel_regularizer=CountedRegularizer(), name="regular"),
        ),
        (
            "steps._learning_rate.calls",
            "optimizer",
            lambda: keras.optimizers.SGD(CountedSchedule(), name="steps"),
        ),
    ],
)
@pytest.mark.slow_on("tensorflow")
def test_what_a_step_counts_in_what_its_parts_have_is_refused(name, part, make):
    with pytest.raises(UserError, match=f"changes {name}, a number of Python's"):
        trained("custom", **{part: make()})


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.in_turn
def test_what_is_found_out_once_is_not():
    assert np.isfinite(trained("custom", layer=Still(), optimizer=Noting())).all()


def test_steps_that_are_not_compiled_may_count():
    losses = trained("custom", compile=False, loss=CountedLoss())
    assert np.isfinite(losses).all()
