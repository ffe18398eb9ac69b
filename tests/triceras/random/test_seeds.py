import keras
import numpy as np
import pytest
from keras import ops

from triceras.random.keys import key_of
from triceras.random.seeds import dimensions, draw_key, float_dtype, parameter, to_scale


def host(key):
    return ops.convert_to_numpy(ops.cast(key, "int32")).tolist()


def test_an_integer_gives_a_key_on_the_host():
    key = draw_key(7)
    assert isinstance(key, np.ndarray)
    assert key.tolist() == key_of(7).tolist()


def test_a_generator_advances_by_one_with_each_draw():
    generator = keras.random.SeedGenerator(7)
    keys = [draw_key(generator) for _ in range(3)]
    assert all(ops.is_tensor(key) for key in keys)
    assert [host(key) for key in keys] == [[7, 0], [7, 1], [7, 2]]
    assert host(generator.state.value) == [7, 3]


def test_a_tensor_is_a_key_already():
    key = ops.convert_to_tensor([1, 2], "int32")
    assert draw_key(key) is key


def test_no_seed_draws_from_the_global_generator_in_the_same_order_everywhere():
    keras.utils.set_random_seed(0)
    first, second = host(draw_key(None)), host(draw_key(None))
    assert first == [906691060, 0]
    assert second == [906691060, 1]


@pytest.mark.parametrize("seed", ["7", 1.5, [1, 2]])
def test_anything_else_is_refused(seed):
    with pytest.raises(ValueError, match="seed"):
        draw_key(seed)


def test_dimensions():
    assert dimensions([2, 3]) == (2, 3)
    assert dimensions(()) == ()
    assert [int(n) for n in dimensions(ops.convert_to_tensor([2, 3], "int32"))] == [2, 3]


def test_float_dtype():
    assert float_dtype(None) == keras.config.floatx()
    assert float_dtype("float16") == "float16"
    assert float_dtype(ops.zeros((1,), "bfloat16").dtype) == "bfloat16"


def test_float_dtype_follows_the_default():
    before = keras.config.floatx()
    keras.config.set_floatx("bfloat16")
    try:
        assert float_dtype(None) == "bfloat16"
    finally:
        keras.config.set_floatx(before)


def test_parameter():
    assert parameter(2) == 2
    assert isinstance(parameter(1.5), float)
    array = parameter(np.array([1, 2]))
    assert ops.is_tensor(array)
    assert keras.backend.standardize_dtype(array.dtype) == "float32"


@pytest.mark.parametrize(
    ("bound", "dtype", "on_host"),
    [(2.0, "float32", True), (2.0, "bfloat16", False), (None, "float32", False)],
)
def test_what_is_drawn_on_the_host_is_scaled_there(bound, dtype, on_host):
    bound = ops.ones((3,)) if bound is None else bound
    x, namespace = to_scale(np.ones(3, "float32"), 1.0, bound, dtype)
    assert (namespace is np) == on_host
    assert isinstance(x, np.ndarray) == on_host
