import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import contractions

RANDOM = np.random.default_rng(0)


def array(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    ("subscripts", "x", "y"),
    [
        ("abc,cde->abde", array(2, 3, 4), array(4, 2, 3)),
        ("abcd,cde->abe", array(2, 3, 4, 2), array(4, 2, 3)),
        ("abc, dec -> abde", array(2, 3, 4), array(2, 3, 4)),
        ("ab,b->a", array(2, 3), array(3)),
    ],
)
def test_products_of_two_matrices_are_computed_as_one(subscripts, x, y):
    def forbidden(*_, **__):
        raise AssertionError("it was left to Keras")

    einsum = contractions.by_matrix_products(forbidden)
    result = einsum(subscripts, ops.convert_to_tensor(x), ops.convert_to_tensor(y))
    np.testing.assert_allclose(
        ops.convert_to_numpy(result), np.einsum(subscripts, x, y), rtol=1e-5, atol=1e-6
    )


# Of attention, with keys first as Keras asks and with queries first, and others.
STACKED = ["abcd,aecd->aceb", "aecd,abcd->acbe", "acbe,aecd->abcd", "abc,acd->abd", "acb,acd->adb"]


@pytest.mark.in_turn("tensorflow")
@pytest.mark.parametrize(
    "subscripts", [*STACKED, "bca, acd -> bad", "acd,abc->abd", "cab,dab->bdc"]
)
def test_stacks_of_matrices_are_multiplied_as_such(subscripts, backend):
    if backend != "tensorflow":
        pytest.skip("what is mended is TensorFlow's")

    def forbidden(*_, **__):
        raise AssertionError("it was left to Keras")

    sizes = dict(zip("abcde", range(2, 7), strict=True))
    letters = subscripts.replace(" ", "").split("->")[0].split(",")
    x, y = (array(*(sizes[letter] for letter in each)) for each in letters)
    einsum = contractions.by_matrix_products(forbidden)
    result = einsum(subscripts, ops.convert_to_tensor(x), ops.convert_to_tensor(y))
    np.testing.assert_allclose(
        ops.convert_to_numpy(result), np.einsum(subscripts, x, y), rtol=1e-5, atol=1e-5
    )


def test_no_axis_is_moved_that_need_not_be():
    """A score's keys stay as they lie: what is added up is last in both."""
    scores = contractions.batched("BTNH,BSNH->BNTS")
    assert scores == (False, [0, 2, 1, 3], [0, 2, 1, 3], True, None)
    values = contractions.batched("BNTS,BSNH->BTNH")
    assert values == (False, [0, 1, 2, 3], [0, 2, 1, 3], False, [0, 2, 1, 3])


@pytest.mark.parametrize(
    "subscripts",
    ["ab,cb->ac", "abc,bcd->abcd", "abcd,abd->abc", "abc,abc->ab", "abc,abd->ab", "aab,abc->ac"],
)
def test_what_is_no_stack_of_products(subscripts):
    assert contractions.batched(subscripts) is None


@pytest.mark.parametrize(
    "subscripts",
    [
        *("abc,acd->abd", "ab,cb->ca", "aab,bc->ac", "ab,bc,cd->ad", "ab,ab->", "ab,bc->a"),
        *("...b,bc->...c", "ab,bc", "a,b->ab", "ab->ba"),
    ],
)
def test_all_else_is_left_to_keras(subscripts):
    assert contractions.contracted(subscripts) is None


@pytest.mark.in_turn("tensorflow")
def test_axes_without_a_letter_are_left_to_keras(backend):
    def left(subscripts, x, y):
        return contractions.by_matrix_products(lambda *_: "left")(subscripts, x, y) == "left"

    stacks, matrices = "abc,acd->abd", "abc,cd->abd"
    assert left(stacks, array(7, 2, 3, 4), array(7, 2, 4, 5))
    assert left(stacks, array(3, 4), array(4, 5))
    assert left(stacks, array(2, 3, 4), array(2, 4, 5).astype("float64"))
    assert left(matrices, array(7, 2, 4, 3), array(4, 5))
    assert left(matrices, array(3, 4), array(4, 5))
    fitting = array(2, 3, 4), array(4, 5)
    assert contractions.have_the_axes_of(fitting, matrices)
    assert contractions.have_the_axes_of((array(2, 3, 4), array(2, 4, 5)), stacks)
    if backend == "tensorflow":
        import tensorflow as tf

        contractions.install()
        open_ranks = [tf.TensorSpec(None), tf.TensorSpec(None)]
        program = tf.function(lambda x, y: ops.einsum("abc,acd->bad", x, y), open_ranks)
        assert program(array(2, 3, 4), array(2, 4, 5)).shape == (3, 2, 5)


def test_whole_numbers_are_as_before():
    contractions.install()
    contractions.install()
    x = np.arange(6).reshape(2, 3)
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.einsum("ab,bc->ac", x, x.T)), x @ x.T)


@pytest.mark.in_turn
def test_attention_is_as_exact_with_masks():
    contractions.install()
    layer = keras.layers.MultiHeadAttention(2, 4, use_bias=False)
    x = ops.convert_to_tensor(array(2, 3, 8))
    mask = np.array([[[1, 0, 0], [1, 1, 0], [1, 1, 1]]] * 2, bool)
    result = layer(x, x, attention_mask=mask)
    query, key, value, output = [ops.convert_to_numpy(w) for w in layer.weights]
    q, k, v = (np.einsum("btw,whk->bhtk", x, kernel) for kernel in (query, key, value))
    scores = np.where(mask[:, None], q @ k.transpose(0, 1, 3, 2) / 2, -np.inf)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    attended = shares / shares.sum(-1, keepdims=True) @ v
    expected = np.einsum("bhtk,hkw->btw", attended, output)
    np.testing.assert_allclose(ops.convert_to_numpy(result), expected, rtol=1e-4, atol=1e-5)
