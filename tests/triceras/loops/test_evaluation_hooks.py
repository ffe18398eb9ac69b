import keras
import numpy as np
import pytest

from triceras.testing.loops import LOOPS, split_of, train


class Resetting(keras.callbacks.Callback):
    """Resets the metrics of a test, and sees those of the epoch."""

    def __init__(self):
        super().__init__()
        self.tested, self.trained = [], []

    def on_test_end(self, logs=None):
        self.tested.append(float(self.model.get_metrics_result()["loss"]))
        for metric in self.model.metrics:
            metric.reset_state()

    def on_epoch_end(self, epoch, logs=None):
        self.trained.append(float(self.model.get_metrics_result()["loss"]))


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_metrics_that_are_reset_after_a_test_are_those_of_the_test(loop):
    x, y = np.ones((8, 3), "float32"), np.ones((8, 2), "float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    resetting = Resetting()
    _, history = train(
        model, x, y, loop, epochs=2, validation=split_of(x, y + 5), callbacks=[resetting]
    )
    np.testing.assert_allclose(resetting.tested, history.history["val_loss"], rtol=1e-5)
    np.testing.assert_allclose(resetting.trained, history.history["loss"], rtol=1e-5)


class Last(keras.layers.Layer):
    """Notes the mean of what it was given last."""

    def build(self, input_shape):
        self.mean = self.add_weight((), "zeros", trainable=False, name="mean")

    def call(self, inputs):
        self.mean.assign(keras.ops.mean(inputs))
        return inputs


class Looking(keras.callbacks.Callback):
    """Has a hook in each batch of a test, and changes nothing."""

    def on_test_batch_end(self, batch, logs=None):
        pass


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_what_becomes_no_number_in_a_test_is_not_taken_for_a_change_of_a_callback(loop, caplog):
    x, y = np.ones((8, 3), "float32"), np.ones((8, 2), "float32")
    model = keras.Sequential([keras.Input((3,)), Last(), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    options = {"epochs": 2, "validation": split_of(x * np.nan, y), "callbacks": [Looking()]}
    train(model, x, y, loop, **options)
    assert float(keras.ops.convert_to_numpy(model.layers[0].mean)) == 1.0
    told = [message for message in caplog.messages if "while it was evaluated" in message]
    assert len(told) == 1
    assert f"the model assigned {model.layers[0].mean.path} while" in told[0]
