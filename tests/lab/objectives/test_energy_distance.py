import keras
import numpy as np
import pytest
from keras import ops

from lab.objectives.energy_distance import (
    distances,
    energy_distance,
    real_energy_distance,
)
from triceras.data.dataset import Split
from triceras.errors import UserError

RNG = np.random.default_rng(0)


def host(x):
    return keras.ops.convert_to_numpy(x)


def sample(count, shift=0.0):
    return (RNG.normal(size=(count, 3, 2)) + shift).astype("float32")


def test_distances_are_those_of_all_pairs():
    x, y = sample(4).reshape(4, 6), sample(5).reshape(5, 6)
    expected = np.linalg.norm(x[:, None] - y[None], axis=2)
    np.testing.assert_allclose(host(distances(x, y)), expected, rtol=1e-4, atol=1e-4)


def test_it_is_the_sum_of_its_definition():
    x, y = sample(6), sample(6, 0.5)
    a, b = x.reshape(6, 6), y.reshape(6, 6)

    def mean_distance(first, second, pairs):
        return np.linalg.norm(first[:, None] - second[None], axis=2).sum() / pairs

    expected = 2 * mean_distance(a, b, 36) - mean_distance(a, a, 30) - mean_distance(b, b, 30)
    assert float(energy_distance(x, y)) == pytest.approx(expected, rel=1e-3)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_it_is_unbiased_and_grows_with_the_shift():
    means = [
        np.mean([float(energy_distance(sample(16), sample(16, shift))) for _ in range(60)])
        for shift in (0.0, 0.5, 1.0)
    ]
    assert abs(means[0]) < 0.05
    assert means[0] < means[1] - 0.1 < means[2] - 0.2


def test_a_batch_of_one_is_finite():
    assert np.isfinite(float(energy_distance(sample(1), sample(1))))


def test_one_sample_may_be_in_half_precision():
    x, y = sample(6), sample(6, 0.5)
    half = keras.ops.cast(y, "bfloat16")
    expected = float(energy_distance(x, y))
    # Of distances around 1, of which the halves keep three digits, and which nearly cancel.
    assert float(energy_distance(x, half)) == pytest.approx(expected, rel=0.05, abs=5e-3)


def split(count, shift=0.0):
    return Split({"image": sample(count, shift)})


def test_the_value_of_the_data_itself_is_the_mean_over_batches():
    test, train = split(10), split(30, 0.5)
    found = real_energy_distance(test, train, batch_size=6)
    parts = [
        float(energy_distance(test["image"][b], train["image"][b]))
        for b in (slice(6), slice(6, 10))
    ]
    expected = (6 * parts[0] + 4 * parts[1]) / 10
    assert found == {"real_energy_distance": pytest.approx(expected, rel=1e-4)}


def test_an_image_that_is_left_over_is_in_no_mean():
    test, train = split(13), split(30, 0.5)
    assert real_energy_distance(test, train, 6) == real_energy_distance(test.first(12), train, 6)
    with pytest.raises(UserError, match="wants two images or more in a batch"):
        real_energy_distance(test, train, 1)


def test_the_value_of_the_data_itself_is_near_zero_for_one_distribution():
    same = real_energy_distance(split(400), split(300), batch_size=100)
    other = real_energy_distance(split(400), split(300, 0.5), batch_size=100)
    assert abs(same["real_energy_distance"]) < 0.05 < other["real_energy_distance"]


def test_images_do_not_meet_themselves():
    # With itself the value would be far below 0 in small batches.
    one = split(40)
    halves = (Split({"image": one["image"][first::2]}) for first in (0, 1))
    assert real_energy_distance(one, one, 10) == real_energy_distance(*halves, 10)


def test_far_from_0_it_is_what_it_is_near_it():
    x, y = (np.random.default_rng(seed).normal(size=(64, 784)) for seed in (0, 1))
    near = energy_distance(*(ops.convert_to_tensor(a.astype("float32")) for a in (x, y)))
    far = energy_distance(*(ops.convert_to_tensor((a + 1000).astype("float32")) for a in (x, y)))
    assert float(far) == pytest.approx(float(near), abs=5e-3)
