import keras
import numpy as np
import pytest
from keras import ops

from lab.layers.hyperfan import HyperfanIn

SHAPES = [(40, 30), (30,), (3, 3, 8, 20), (20,)]
SIZES = [int(np.prod(shape)) for shape in SHAPES]


@pytest.mark.parametrize("gain", [2.0, 1.0])
def test_generated_kernels_have_the_variance_of_he(gain):
    features = 64
    kernel = ops.convert_to_numpy(HyperfanIn(SHAPES, gain, seed=1)((features, sum(SIZES))))
    inputs = np.random.default_rng(0).standard_normal((200, features))
    dense, bias, convolution, _ = np.split(inputs @ kernel, np.cumsum(SIZES)[:-1], axis=1)
    # 200 inputs times 64 features give the variance to about 1 %.
    assert dense.var() == pytest.approx(gain / 40, rel=0.05)
    assert convolution.var() == pytest.approx(gain / (3 * 3 * 8), rel=0.05)
    assert not bias.any()


def test_he_gives_the_same_variance():
    weights = keras.initializers.HeNormal(seed=1)((40, 3000))
    kernel = HyperfanIn([(40, 3000)], seed=1)((1, 40 * 3000))
    variances = [np.var(ops.convert_to_numpy(a)) for a in (weights, kernel)]
    assert variances[0] == pytest.approx(variances[1], rel=0.03)


def test_a_seed_fixes_the_numbers():
    draws = [HyperfanIn([(2, 3)], seed=seed)((4, 6)) for seed in (1, 1, 2)]
    first, again, other = map(ops.convert_to_numpy, draws)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_run_fixes_the_seed_where_there_is_none():
    def draw():
        keras.utils.set_random_seed(5)
        return ops.convert_to_numpy(HyperfanIn([(2, 3)])((4, 6)))

    assert np.array_equal(draw(), draw())


def test_it_is_restored_from_its_configuration():
    initializer = HyperfanIn(SHAPES, gain=1.0, seed=3)
    config = keras.initializers.serialize(initializer)
    restored = keras.initializers.deserialize(config)
    shape = (2, sum(SIZES))
    assert np.array_equal(*(ops.convert_to_numpy(a(shape)) for a in (initializer, restored)))
