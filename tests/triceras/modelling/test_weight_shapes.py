import keras
import numpy as np
import pytest

from triceras.data.batch import Batch, BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.misfit import described
from triceras.modelling.weight_shapes import check_weight_shapes

pytestmark = pytest.mark.once


def check(weight, target, output, loss="mse", named=False):
    """Checks a weight, a target and an output of some shapes of each example."""
    shapes = {"x": (3,), "label": target, "weight": weight}
    split = Split({name: np.ones((8, *shape), "float32") for name, shape in shapes.items()})
    data = Dataset("points", split, None, split, inputs="x", labels="label")
    inputs = keras.Input((3,))
    x = keras.layers.Dense(int(np.prod(output)))(inputs)
    out = keras.layers.Reshape(output)(x)
    model = keras.Model(inputs, {"a": out, "b": x} if named else out)
    model.compile("sgd", {"a": loss, "b": "mse"} if named else loss)
    parts = ({"a": "label"}, {"a": "weight"}) if named else ("label", "weight")
    check_weight_shapes(model, BatchPreparation("x", *parts), data)


@pytest.mark.parametrize(
    ("weight", "target", "output"),
    [
        ((), (2,), (2,)),
        ((1,), (), (1,)),
        ((), (4, 2), (4, 2)),
        ((4,), (4, 2), (4, 2)),
        ((4, 1), (4, 2), (4, 2)),
        ((4,), (4, 5), (4, 5, 1)),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_weights_of_examples_and_of_their_losses(weight, target, output, named):
    check(weight, target, output, named=named)


@pytest.mark.parametrize(
    ("weight", "target", "output", "wanted"),
    [
        ((8,), (1,), (1,), "one number an example: give one weight an example$"),
        ((2, 1), (2,), (2,), "one number an example: give one weight an example$"),
        ((5,), (4, 2), (4, 2), r"the shape \(4,\) an example: .*, or \(4,\)$"),
        ((4, 2), (4, 2), (4, 2), r"the shape \(4,\) an example"),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_others_are_refused(weight, target, output, wanted, named):
    with pytest.raises(UserError, match=f"^weight, which .* the loss of label has {wanted}"):
        check(weight, target, output, named=named)


def test_what_a_loss_has_is_known_of_keras_s_with_the_last_axis_alone():
    with pytest.raises(UserError, match="label has one number an example"):
        check((3,), (), (3,), "sparse_categorical_crossentropy")
    check((3,), (3,), (3,), lambda y_true, y_pred: keras.ops.square(y_true - y_pred))
    check((2,), (4, 2), (4, 2), keras.losses.CategoricalCrossentropy(axis=1))


def test_a_loss_of_ones_own_is_told_of_the_weights_beside_the_targets():
    batch = Batch(*(np.ones((8, size)) for size in (3, 2, 5)))
    wanted = "inputs of shape (8, 3), targets of shape (8, 2) and weights of shape (8, 5)"
    assert described(batch) == wanted
