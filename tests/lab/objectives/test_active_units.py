import numpy as np
import pytest
from keras import ops

from lab.objectives.active_units import active_units
from triceras.data.dataset import Split


class Codes:
    """Its codes are the images, scaled."""

    def __init__(self, scale):
        self.scale = np.array(scale, "float32")

    def encode(self, x):
        mean = ops.convert_to_tensor(x * self.scale)
        return mean, ops.zeros_like(mean)


@pytest.fixture(scope="module")
def images():
    x = np.random.default_rng(0).standard_normal((2500, 4)).astype("float32")
    return Split({"image": x})


def test_coordinates_that_vary_are_counted(images):
    # Variances 1, 0.04, 0.0025 and 0.
    model = Codes([1.0, 0.2, 0.05, 0.0])
    assert active_units(model, images) == {"active_units": 2.0}
    assert active_units(model, images, threshold=1e-3) == {"active_units": 3.0}


def test_a_constant_code_is_not_active(images):
    constant = Split({"image": np.ones_like(images["image"])})
    assert active_units(Codes([1.0] * 4), constant) == {"active_units": 0.0}


def test_it_counts_over_all_of_the_data(images):
    x = np.concatenate([np.zeros((2000, 1)), np.ones((500, 1))]).astype("float32")
    data = Split({"image": x})
    assert active_units(Codes([1.0]), data) == {"active_units": 1.0}
