import keras
import numpy as np
import pytest

from triceras.models.metrics_in_call import allow_metrics_in_call


def classifier():
    """Has moving averages, a random counter, a regulariser and a compiled metric."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(16, "relu", kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.ActivityRegularization(1e-3),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    return model


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_nothing_else_changes_in_fit(data, eager, weighted):
    x, y = data.train.x[:96], data.train.y[:96]
    weights = np.linspace(0.5, 1.5, 96, dtype="float32") if weighted else None
    histories = []
    for allowed in (False, True):
        model = classifier()
        model.run_eagerly = eager
        if allowed:
            allow_metrics_in_call(model)
        fitted = model.fit(
            x, y, batch_size=32, epochs=2, verbose=0, shuffle=False, sample_weight=weights,
            validation_split=0.25,
        )  # fmt: skip
        histories.append(fitted.history)
    assert histories[0].keys() == histories[1].keys()
    for name, values in histories[0].items():
        np.testing.assert_allclose(values, histories[1][name], rtol=1e-6, err_msg=name)


def test_a_loss_scale_is_applied(data):
    x, y = data.train.x[:32], data.train.y[:32]
    kernels = []
    for allowed in (False, True):
        model = classifier()
        optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
        model.compile(optimizer, model.loss)
        if allowed:
            allow_metrics_in_call(model)
        model.fit(x, y, batch_size=32, verbose=0)
        kernels.append(keras.ops.convert_to_numpy(model.weights[0]))
    np.testing.assert_allclose(*kernels, rtol=1e-5, atol=1e-7)


def test_a_method_of_ones_own_stays(backend):
    class Own(keras.Sequential):
        def compute_loss_and_updates(self, *args, **kwargs):
            raise NotImplementedError

    model = Own([keras.Input((2,))])
    allow_metrics_in_call(model)
    assert model.compute_loss_and_updates.__func__ is Own.compute_loss_and_updates
    model = keras.Sequential([keras.Input((2,))])
    allow_metrics_in_call(model)
    replaced = "compute_loss_and_updates" in vars(model)
    assert replaced == (backend == "jax")
