import keras
import numpy as np
import pytest
from keras import ops

from lab.models.transformer import TokenAndPosition, build_transformer

TOKENS = np.array([[0, 1, 2, 3], [3, 1, 1, 0], [2, 2, 0, 1]], "int32")


@pytest.fixture
def build():
    keras.utils.set_random_seed(0)
    return lambda blocks: build_transformer((4,), 5, 3, width=8, heads=2, blocks=blocks, stddev=1.0)


def host(x):
    return ops.convert_to_numpy(x)


def test_a_vector_is_the_sum_of_two():
    layer = TokenAndPosition(5, 3)
    found = host(layer(TOKENS))
    tokens, positions = (host(variable) for variable in (layer.tokens, layer.positions))
    np.testing.assert_allclose(found, tokens[TOKENS] + positions, rtol=1e-6)
    assert np.ptp(positions, axis=0).min() > 0


@pytest.mark.in_turn
@pytest.mark.parametrize("blocks", [1, 2])
@pytest.mark.slow_on("jax", "tensorflow")
def test_every_token_and_its_place_counts(build, blocks):
    model = build(blocks)
    answer = host(model(TOKENS))
    assert answer.shape == (3, 3)
    for place in range(4):
        other = TOKENS.copy()
        other[:, place] = 4
        assert np.all(np.abs(host(model(other)) - answer).max(axis=1) > 1e-4)
    swapped = host(model(TOKENS[:, [2, 1, 0, 3]]))
    assert np.abs(swapped - answer)[:2].min(axis=1).max() > 1e-4


@pytest.mark.slow_on("jax")
def test_no_token_sees_those_after_it(build):
    model = build(2)
    attention = next(x for x in model.layers if isinstance(x, keras.layers.MultiHeadAttention))
    vectors = keras.Model(model.input, attention.output)
    other = TOKENS.copy()
    other[:, 2] = 4
    same = np.isclose(host(vectors(other)), host(vectors(TOKENS)), rtol=1e-5).all(axis=(0, 2))
    assert same.tolist() == [True, True, False, False]
