import keras
import numpy as np
import pytest
from keras import ops

from lab.models.colour_cnn import build_colour_cnn
from triceras.errors import UserError

BYTES = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype("uint8")


def test_each_colour_counts():
    keras.utils.set_random_seed(0)
    model = build_colour_cnn((16, 16, 3), classes=5, filters=(4, 6))
    before = ops.convert_to_numpy(model(BYTES))
    assert before.shape == (4, 5)
    for channel in range(3):
        other = BYTES.copy()
        other[..., channel] = 255 - other[..., channel]
        assert np.abs(ops.convert_to_numpy(model(other)) - before).max(axis=1).min() > 1e-3


@pytest.mark.parametrize(("dtype", "largest"), [("uint8", 255), ("float32", 1)])
def test_the_convolutions_are_given_pixels_from_minus_one_to_one(dtype, largest):
    model = build_colour_cnn(
        (2, 2, 3), classes=5, filters=(4,), pixels="by_type", input_dtype=dtype
    )
    assert tuple(model.inputs_between) == (0, largest)
    scaled = keras.Model(model.input, model.layers[1].output)
    ends = np.array([0, largest], dtype)[:, None, None, None] * np.ones((1, 2, 2, 3), dtype)
    found = ops.convert_to_numpy(scaled(ends))
    np.testing.assert_allclose(found[:, 0, 0, 0], [-1, 1], atol=1e-6)


def test_runs_of_before_take_all_pixels_for_bytes():
    model = build_colour_cnn((2, 2, 3), classes=5, filters=(4,), input_dtype="float32")
    assert tuple(model.inputs_between) == (0, 255)
    with pytest.raises(UserError, match="pixels=floats is unknown: use bytes or by_type"):
        build_colour_cnn((2, 2, 3), classes=5, pixels="floats")
