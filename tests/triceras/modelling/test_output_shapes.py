import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.output_shapes import check_output_shapes

pytestmark = pytest.mark.once


def check(target, output, loss="mse", kind=keras.Sequential, **more):
    """Checks a model with an output of a shape, for targets of a shape, of each example."""
    x, y = np.zeros((8, 3), "float32"), np.zeros((8, *target), "float32")
    split = Split({"x": x, "label": y})
    data = Dataset("points", split, None, split, inputs="x", labels="label")
    layers = [keras.layers.Dense(int(np.prod(output))), keras.layers.Reshape(output)]
    model = kind([keras.Input((3,)), *layers])
    model.compile("sgd", loss)
    check_output_shapes(model, BatchPreparation("x", "label", **more), data)


@pytest.mark.parametrize(
    ("target", "output"),
    [((), (1,)), ((1,), (1,)), ((2,), (2,)), ((4, 4), (4, 4, 1)), ((5, 1), (5,))],
)
def test_what_keras_compares_as_it_is_meant(target, output, caplog):
    check(target, output)
    assert not caplog.text


@pytest.mark.parametrize(
    ("target", "output"), [((), (3,)), ((), (8,)), ((2,), (1,)), ((2,), (3,)), ((4, 4), (16,))]
)
@pytest.mark.parametrize("loss", ["mae", keras.losses.Huber(), keras.losses.mean_squared_error])
def test_an_output_that_would_be_spread_is_refused(target, output, loss):
    with pytest.raises(UserError) as error:
        check(target, output, loss)
    assert f"label has the shape {target} an example, and the model's output for it {output}" in (
        str(error.value)
    )


def test_several_numbers_for_one_are_told_of(caplog):
    check((1,), (5,))
    assert "each number of the output is compared with the one of the target" in caplog.text


def test_a_loss_of_one_s_own_may_compare_as_it_likes():
    check((), (5,), lambda y_true, y_pred: ops.mean(y_pred, -1))
    check((), (5,), "sparse_categorical_crossentropy")
    check((), (5,), None)


class Denoiser(keras.Sequential):
    """Compares noise with what it predicts of it."""

    def train_step(self, *arguments):
        pass


def test_a_step_of_one_s_own_may_compare_what_it_likes():
    check((), (5,), kind=Denoiser)


def test_what_augmentations_change_is_not_judged():
    rows = {"augment": (lambda parts, key, ops: {**parts, "label": 0},)}
    check((), (3,), all_parts=("x", "label"), **rows)


def named(targets, loss, kind=keras.Model):
    x, y = np.zeros((8, 3), "float32"), np.zeros((8, 6), "float32")
    split = Split({"x": x, "label": y})
    data = Dataset("points", split, None, split, inputs="x", labels="label")
    inputs = keras.Input((3,))
    outputs = {name: keras.layers.Dense(6, name=name)(inputs) for name in ("mean", "scale")}
    model = kind(inputs, outputs)
    model.compile("sgd", loss)
    check_output_shapes(model, BatchPreparation("x", targets), data)


class OfBoth(keras.Model):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(ops.square(y - y_pred["mean"]) * y_pred["scale"])


class Own(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.square(y_true - y_pred)


@pytest.mark.parametrize("loss", ["mse", Own(), {"mean": "mse", "scale": "mae"}])
def test_one_target_for_outputs_with_names_is_refused(loss):
    told = (
        r"^the model gives mean, scale by name, and model\.targets=label is one part: .*=\{mean: "
    )
    with pytest.raises(UserError, match=told):
        named("label", loss)


@pytest.mark.parametrize(
    ("targets", "loss", "kind"),
    [
        ({"mean": "label"}, {"mean": "mse"}, keras.Model),
        ("label", {"mean": "mse"}, keras.Model),
        ("label", {"mean": "mse", "scale": None}, keras.Model),
        (None, None, keras.Model),
        ("label", None, OfBoth),
        ("label", "mse", OfBoth),
    ],
)
def test_outputs_with_names_that_have_targets_or_a_loss_of_the_model_s_are_taken(
    targets, loss, kind
):
    named(targets, loss, kind)
