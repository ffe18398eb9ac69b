import numpy as np
import pytest

from triceras.augment import GaussianNoise
from triceras.errors import UserError
from triceras.random import fold_in, key_of, normal_from_key


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_noise_is_added(everywhere):
    parts = {"a": np.ones((8, 3), "float32"), "b": np.zeros((8, 2, 5), "float32")}
    found = everywhere(GaussianNoise(["a", "b"], 0.5), parts, rtol=1e-5, atol=1e-6)
    for number, (name, x) in enumerate(parts.items()):
        noise = normal_from_key(fold_in(key_of(5), number), x.shape, np)
        np.testing.assert_allclose(found[name], x + 0.5 * noise, rtol=1e-6)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax")
def test_bytes_stay_bytes(everywhere):
    x = np.arange(256, dtype="uint8").reshape(8, 32)
    found = everywhere(GaussianNoise("x", 20.0), {"x": x})["x"]
    noise = 20 * normal_from_key(fold_in(key_of(5), 0), x.shape, np)
    np.testing.assert_array_equal(found, np.clip(np.round(x + noise), 0, 255))
    assert {0, 255} <= set(found.ravel().tolist())


@pytest.mark.once
def test_its_deviation():
    noise = GaussianNoise("x", 0.3)({"x": np.zeros((100, 100), "float32")}, key_of(2), np)["x"]
    assert noise.mean() == pytest.approx(0, abs=0.02)
    assert noise.std() == pytest.approx(0.3, rel=0.03)


@pytest.mark.once
def test_what_has_no_noise():
    with pytest.raises(UserError, match="stddev=-1 is no standard deviation"):
        GaussianNoise("x", -1)
    with pytest.raises(UserError, match="the part 'x' is int32, to which no noise"):
        GaussianNoise("x")({"x": np.zeros(3, "int32")}, key_of(0), np)


@pytest.mark.in_turn
def test_places_that_are_filled_up_stay_empty(everywhere):
    x = np.zeros((8, 3, 2), "float32")
    mask = np.array([[1, 1, 0]] * 8, "float32")
    noise = GaussianNoise("x", 0.5, filled_up=["x"])
    assert noise.parts == ("x", "x_mask")
    found = everywhere(noise, {"x": x, "x_mask": mask}, rtol=1e-5, atol=1e-6)["x"]
    assert np.all(found[:, :2] != 0)
    np.testing.assert_array_equal(found[:, 2], 0)
