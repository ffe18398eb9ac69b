import keras
import numpy as np
import pytest

from triceras.loops.step_loss import STEP_LOSS, StepLoss

X, Y = np.arange(12.0).reshape(6, 2), np.ones((6, 1))


class OwnMetrics(keras.Sequential):
    """Leaves out of its metrics what it does not know."""

    own = None

    @property
    def metrics(self):
        self.own = self.own or keras.metrics.Mean(name="own")
        return [self.own]


class OwnStep(OwnMetrics):
    """Trains nothing, and computes no loss."""

    def train_step(self, *arguments):
        logs = {"own": keras.ops.ones(())}
        return (logs, arguments[0]) if keras.backend.backend() == "jax" else logs


def fit(kind):
    """What `fit` is told after each of three steps, and the losses that follow from it."""
    model = kind([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    step_loss = StepLoss(model)
    step_loss.begin()
    told = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: told.append((dict(logs), step_loss.of(logs)))
    )
    model.fit(X, Y, batch_size=2, shuffle=False, verbose=0, callbacks=[note])
    return told


@pytest.mark.parametrize("kind", [keras.Sequential, OwnMetrics])
def test_each_step_tells_its_own_loss(kind):
    # The weights are 1 and stay so: rows sum to 1, 5, 9 ... 21.
    expected = [(0 + 16) / 2, (64 + 144) / 2, (256 + 400) / 2]
    told = fit(kind)
    np.testing.assert_allclose([float(loss["loss"]) for _, loss in told], expected, rtol=1e-5)
    # A second model of the class has one such metric too.
    assert [list(logs).count(STEP_LOSS) for logs, _ in fit(kind)] == [1, 1, 1]


def test_a_step_that_tells_no_loss_is_not_taken_for_one_without(caplog):
    assert [loss for _, loss in fit(OwnStep)] == [{}, {}, {}]
    assert len([r for r in caplog.records if "tells no loss of each step" in r.message]) == 1
