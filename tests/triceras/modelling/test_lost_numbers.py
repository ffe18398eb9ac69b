import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError
from triceras.loops.recorder import NonFiniteLossError
from triceras.modelling.lost_numbers import telling_lost_numbers


def reader(**options):
    words = keras.Input((3,), dtype="int32")
    x = keras.layers.Embedding(5, 2, mask_zero=True)(words)
    x = keras.layers.GlobalAveragePooling1D(name="mean")(x)
    return keras.Model(words, keras.layers.Dense(1, **options)(x))


def failed(model, words, dtype="int32"):
    split = Split({"words": np.array(words, dtype)}, np.arange(len(words)) + 10)
    batch = BatchPreparation("words")
    with telling_lost_numbers(model, batch, split, NonFiniteLossError):
        raise NonFiniteLossError("the loss is not finite at step 3: lower the rate")


@pytest.mark.slow_on("jax")
@pytest.mark.parametrize("weight", [0.5, np.nan])
def test_the_layer_and_the_example_are_told(weight):
    model = reader()
    model.set_weights([np.full_like(one, weight) for one in model.get_weights()])
    said = (
        r"^the loss is not finite at step 3, as the layer mean gives no number for row 11 of the "
    )
    with pytest.raises(UserError, match=said + ".*, whose words holds nothing but 0, and does"):
        failed(model, [[1, 2, 0], [0, 0, 0], [3, 0, 0]])
    assert np.array_equal(model.get_weights()[0], np.full((5, 2), weight), equal_nan=True)


def test_what_diverged_is_not_said_to_be_of_an_example():
    model = reader(activation="exponential")
    model.set_weights([np.arange(one.size).reshape(one.shape) * 1e2 for one in model.get_weights()])
    with pytest.raises(NonFiniteLossError, match="lower the rate"):
        failed(model, [[1, 2, 0], [0, 4, 0], [3, 0, 0]])


def test_a_model_that_has_numbers_for_nothing_is_not_either():
    with pytest.raises(NonFiniteLossError, match="lower the rate"):
        failed(reader(), [[0, 0, 0], [0, 0, 0]])


class Shares(keras.layers.Layer):
    """Divides by a sum, which is 0 where no number is above 0."""

    def call(self, inputs):
        return inputs / keras.ops.sum(inputs, -1, keepdims=True)


def test_what_other_weights_give_is_not_lost():
    dense = keras.layers.Dense(9, "relu", use_bias=False)
    model = keras.Sequential([keras.Input((3,)), dense, Shares()])
    model.set_weights([np.full_like(one, np.nan) for one in model.get_weights()])
    with pytest.raises(NonFiniteLossError, match="lower the rate"):
        failed(model, [[1, 2, 3], [-1, -2, -3]], "float32")
    with pytest.raises(
        UserError, match=r"the layer shares.* gives no number for row 11 .*, whose w"
    ):
        failed(model, [[1, 2, 3], [0, 0, 0]], "float32")


class LeftOut(keras.layers.Layer):
    """Gives the logits of what is not above 0 as -infinity."""

    def call(self, inputs):
        return keras.ops.where(inputs > 0, inputs, -np.inf)


@pytest.mark.in_turn
def test_an_infinite_logit_of_what_is_left_out_is_meant():
    model = keras.Sequential([keras.Input((3,)), LeftOut()])
    with pytest.raises(NonFiniteLossError, match="lower the rate"):
        failed(model, [[1, 2, 3], [1, 0, 3]], "float32")
    with pytest.raises(UserError, match=r"the layer left_out.* gives no number for row 11 "):
        failed(model, [[1, 2, 3], [0, 0, 0]], "float32")
    model.add(keras.layers.Softmax(name="shares"))
    with pytest.raises(NonFiniteLossError, match="lower the rate"):
        failed(model, [[1, 2, 3], [1, 0, 3]], "float32")
    model = keras.Sequential(
        [keras.Input((3,)), LeftOut(), keras.layers.Lambda(lambda x: x[:, 1:] * 0, name="zero")]
    )
    with pytest.raises(UserError, match="the layer zero gives no number for row 11 "):
        failed(model, [[1, 2, 3], [1, 0, 3]], "float32")
