"""Attention: what Keras's own computes, with every mask, and its gradients."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import attention, contractions

QUERY, KEY, VALUE, ALONG = (
    np.random.default_rng(i).normal(size=(2, length, 3, 4)).astype("float32")
    for i, length in enumerate((5, 6, 6, 5))
)
MASK = np.random.default_rng(4).random((2, 3, 5, 6)) > 0.5
BIAS = np.random.default_rng(5).normal(size=(2, 3, 5, 6)).astype("float32")


@pytest.fixture
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("what is mended is TensorFlow's")


def gradients(function, inputs):
    inputs = [ops.convert_to_tensor(x) for x in inputs]
    return [
        input_gradients(lambda x, i=i: function([*inputs[:i], x, *inputs[i + 1 :]]), one)
        for i, one in enumerate(inputs)
    ]


@pytest.mark.in_turn("torch")
@pytest.mark.parametrize("is_causal", [False, True])
def test_what_sees_none_takes_the_mean_of_all_and_asks_for_nothing(is_causal):
    """The scores play no part in it, on any backend."""
    attention.install()
    attention.install()
    mask = np.array(MASK)
    mask[0, :, 2], mask[1, 1, 4] = False, False
    seen = mask & np.tri(5, 6, dtype=bool) if is_causal else mask
    none = ~seen.any(-1)
    assert none.any()
    assert not none.all()
    wanted_mean = VALUE.mean(1)

    def result(inputs):
        query, key, value = inputs
        return ops.dot_product_attention(query, key, value, mask=mask, is_causal=is_causal)

    found = ops.convert_to_numpy(result([QUERY, KEY, VALUE]))
    for example, head, position in np.argwhere(none):
        mean = wanted_mean[example, head]
        np.testing.assert_allclose(found[example, position, head], mean, rtol=1e-5, atol=1e-6)

    # What such positions give, alone, and their gradient by hand.
    weights = np.where(np.swapaxes(none, 1, 2)[..., None], ALONG, 0).astype("float32")
    along = ops.convert_to_tensor(weights)
    query, key, value = (
        ops.convert_to_numpy(x)
        for x in gradients(lambda inputs: result(inputs) * along, [QUERY, KEY, VALUE])
    )
    assert not query.any()
    assert not key.any()
    by_hand = np.repeat(weights.sum(1, keepdims=True) / 6, 6, 1)
    np.testing.assert_allclose(value, by_hand, rtol=1e-5, atol=1e-6)


@pytest.fixture
def keras_own(monkeypatch):
    """Puts Keras's function back for a while."""
    import importlib.util

    from keras.src import backend

    # A copy of the module, of which nothing is mended.
    spec = importlib.util.find_spec("keras.src.backend.tensorflow.nn")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    theirs = module._dot_product_attention_xla
    return lambda: monkeypatch.setattr(backend.nn, "_dot_product_attention_xla", theirs)


def differentiated(dtype="float32", **options):
    import tensorflow as tf

    inputs = [tf.cast(tf.constant(x), dtype) for x in (QUERY, KEY, VALUE)]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        result = ops.dot_product_attention(*inputs, **options)
        loss = tf.reduce_sum(tf.cast(result, "float32") * ALONG)
    assert result.dtype == dtype
    return [np.asarray(tf.cast(x, "float32")) for x in (result, *tape.gradient(loss, inputs))]


@pytest.mark.in_turn("tensorflow")
@pytest.mark.usefixtures("only_here")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mask": MASK},
        {"bias": BIAS, "scale": 0.3},
        {"is_causal": True, "mask": MASK | np.eye(5, 6, dtype=bool)},
        {"dtype": "bfloat16", "is_causal": True},
    ],
    ids=lambda options: " ".join(options),
)
def test_the_same_as_keras(options, keras_own):
    from keras.src import backend

    attention.install()
    assert backend.nn._dot_product_attention_xla is attention.attended
    found = differentiated(**options)
    keras_own()
    assert backend.nn._dot_product_attention_xla is not attention.attended
    tolerance = 2e-2 if "dtype" in options else 1e-6
    for a, b in zip(found, differentiated(**options), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * np.abs(b).max())


@pytest.mark.in_turn("tensorflow")
@pytest.mark.usefixtures("only_here")
def test_keys_and_values_of_a_layer_are_laid_out_once():
    import tensorflow as tf

    attention.install()
    contractions.install()
    layer = keras.layers.MultiHeadAttention(2, 4)
    layer.build((1, 3, 8), (1, 3, 8))

    def step(x):
        return layer(x, x)

    program = tf.function(step, autograph=False).get_concrete_function(tf.zeros((1, 3, 8)))
    kinds = [op.type for op in program.graph.get_operations()]
    assert "Einsum" not in kinds
    assert kinds.count("BatchMatMulV2") == 2


@pytest.mark.filterwarnings("error")
@pytest.mark.in_turn("tensorflow")
@pytest.mark.usefixtures("only_here")
def test_one_position_is_no_reason_to_warn():
    attention.install()
    one = np.ones((1, 1, 1, 3), "float32")
    np.testing.assert_array_equal(ops.dot_product_attention(one, one, one), one)
