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


class Doubled(keras.Sequential):
    """Trains nothing, and makes another loss of what Keras computes."""

    def train_step(self, *arguments):
        x, y = arguments[-1][:2]
        if keras.backend.backend() != "jax":
            return self.told(x, y)
        state = arguments[0]
        held = [*self.trainable_variables, *self.metrics_variables]
        mapping = zip(held, [*state[0], *state[3]], strict=True)
        with keras.StatelessScope(state_mapping=list(mapping)) as scope:
            logs = self.told(x, y)
        metrics = [scope.get_current_value(v) for v in self.metrics_variables]
        return logs, (*state[:3], metrics)

    def told(self, x, y):
        predicted = self(x)
        loss = 2 * self.compute_loss(y=y, y_pred=predicted)
        self._loss_tracker.update_state(loss)
        return self.compute_metrics(x, y, predicted)


class AsInTheGuide(Doubled):
    """Tells each metric by itself, as Keras's guides to a `train_step` do."""

    def train_step(self, *arguments):
        x, y = arguments[-1][:2]
        if keras.backend.backend() == "jax":
            predicted, _ = self.stateless_call(*arguments[0][:2], x)
        else:
            predicted = self(x)
        loss = 2 * self.compute_loss(y=y, y_pred=predicted)
        logs, kept = {}, []
        for metric in self.metrics:
            told = (loss,) if metric.name == "loss" else (y, predicted)
            if keras.backend.backend() == "jax":
                variables = arguments[0][3][len(kept) : len(kept) + len(metric.variables)]
                variables = metric.stateless_update_state(variables, *told)
                logs[metric.name] = metric.stateless_result(variables)
                kept += variables
            else:
                metric.update_state(*told)
                logs[metric.name] = metric.result()
        return (logs, (*arguments[0][:3], kept)) if kept else logs


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


@pytest.mark.slow_on("tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("kind", [keras.Sequential, OwnMetrics])
def test_each_step_tells_its_own_loss(kind):
    # The weights are 1 and stay so: rows sum to 1, 5, 9 ... 21.
    expected = [(0 + 16) / 2, (64 + 144) / 2, (256 + 400) / 2]
    told = fit(kind)
    np.testing.assert_allclose([float(loss["loss"]) for _, loss in told], expected, rtol=1e-5)
    # A second model of the class has one such metric too.
    assert [list(logs).count(STEP_LOSS) for logs, _ in fit(kind)] == [1, 1, 1]


@pytest.mark.slow_on("tensorflow")
@pytest.mark.parametrize("kind", [Doubled, AsInTheGuide])
def test_a_step_of_ones_own_tells_the_loss_that_it_trains_by(kind, backend, caplog):
    told = [loss for _, loss in fit(kind)]
    if kind is AsInTheGuide and backend == "jax":
        # Each metric's variables are apart there.
        assert told == [{}, {}, {}]
        assert "tells no loss of each step" in caplog.text
        return
    np.testing.assert_allclose([float(loss["loss"]) for loss in told], [16, 208, 656], rtol=1e-5)


def test_a_step_that_tells_no_loss_is_not_taken_for_one_without(caplog):
    assert [loss for _, loss in fit(OwnStep)] == [{}, {}, {}]
    assert len([r for r in caplog.records if "tells no loss of each step" in r.message]) == 1
