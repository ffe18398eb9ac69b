import keras
import numpy as np
import pytest
from keras import ops

from triceras.errors import UserError
from triceras.testing.loops import LOOPS, split_of, train

X, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")


class TakenError(Exception):
    pass


class OwnTrainStep(keras.Sequential):
    def train_step(self, *arguments):
        raise TakenError


class OwnTestStep(keras.Sequential):
    def test_step(self, *arguments):
        raise TakenError


class NoLoss(OwnTrainStep):
    pass


class MoreMetrics(keras.Sequential):
    def compute_metrics(self, x, y, y_pred, sample_weight):
        return {**super().compute_metrics(x, y, y_pred, sample_weight), "more": ops.mean(y_pred)}


class OwnLoss(keras.Sequential):
    """Has the arguments that Keras asked for before 3.3."""

    def compute_loss(self, x, y, y_pred, sample_weight):
        return ops.mean(ops.square(y - y_pred))


def run(kind, loop):
    keras.utils.set_random_seed(1)
    model = kind([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", None if kind in (NoLoss, OwnLoss) else "mse")
    return train(model, X, Y, loop, batch_size=4, validation=split_of(X, Y))


REFUSED = {
    (OwnTrainStep, "custom"): "loop=custom does not use OwnTrainStep.train_step",
    (OwnTrainStep, "fit_custom_step"): "loop=fit_custom_step does not use OwnTrainStep.train_step",
    (NoLoss, "custom"): "loop=custom does not use NoLoss.train_step",
    (NoLoss, "fit_custom_step"): "loop=fit_custom_step does not use NoLoss.train_step",
    (OwnTestStep, "custom"): "loop=custom does not use OwnTestStep.test_step",
    (MoreMetrics, "custom"): r"compute_metrics returns .* so make \['more'\] a metric",
}


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("kind", [OwnTrainStep, NoLoss, OwnTestStep])
def test_a_step_of_the_models_own_is_taken_or_refused(kind, loop):
    message = REFUSED.get((kind, loop))
    with pytest.raises(UserError if message else TakenError, match=message):
        run(kind, loop)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_metrics_that_a_model_computes_itself_are_shown_or_refused(loop):
    if (MoreMetrics, loop) in REFUSED:
        with pytest.raises(UserError, match=REFUSED[MoreMetrics, loop]):
            run(MoreMetrics, loop)
    else:
        assert {"more", "val_more"} < run(MoreMetrics, loop)[1].history.keys()


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_a_loss_of_the_models_own_counts(loop):
    # From 2 - 1 at first; two weights and a bias move by 0.01 * 2 each.
    np.testing.assert_allclose(run(OwnLoss, loop)[0], [1.0, 0.94**2], rtol=1e-5)
