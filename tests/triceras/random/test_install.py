import zlib

import keras
import numpy as np
import pytest
from keras import ops

from triceras.errors import UserError
from triceras.random import install as subject
from triceras.random.bits import uniform_from_key
from triceras.random.distributions import NATIVE, PORTABLE
from triceras.random.install import install, is_installed, uninstall
from triceras.random.keys import key_of

pytestmark = pytest.mark.keras_internals

SEAM = keras.src.backend.random
UNIFORM = uniform_from_key(key_of(1), (4,))


def host(x):
    return ops.convert_to_numpy(x)


def checksum(x):
    return zlib.crc32(np.ascontiguousarray(host(x)).tobytes())


def drawn():
    return host(keras.random.uniform((4,), seed=1))


def test_install_and_uninstall(native):
    before = {name: getattr(SEAM, name) for name in (*PORTABLE, *NATIVE)}
    theirs = drawn()
    assert not is_installed()
    assert (theirs != UNIFORM).any()

    install()
    install()
    assert is_installed()
    assert {name: getattr(SEAM, name) for name in PORTABLE} == PORTABLE
    assert all(getattr(SEAM, name).__wrapped__ is before[name] for name in NATIVE)
    np.testing.assert_array_equal(drawn(), UNIFORM)

    uninstall()
    uninstall()
    assert not is_installed()
    assert {name: getattr(SEAM, name) for name in before} == before
    np.testing.assert_array_equal(drawn(), theirs)


def test_what_stays_native_says_so_once(native, caplog):
    install()
    for _ in range(2):
        drawn = host(keras.random.binomial((4,), 5, 0.5, seed=1))
        assert ((drawn >= 0) & (drawn <= 5)).all()
    (warning,) = caplog.records
    assert warning.getMessage().startswith("keras.random.binomial draws by the framework's own")


ARGUMENTS = {
    "beta": ((3,), 2.0, 3.0),
    "categorical": (np.zeros((2, 3)), 4),
    "dropout": (np.ones((3, 4), "float32"), 0.5),
    "gamma": ((3,), 2.0),
    "normal": ((3,),),
    "randint": ((3,), 0, 1000),
    "shuffle": (np.arange(10),),
    "truncated_normal": ((3,),),
    "uniform": ((3,),),
}


@pytest.mark.parametrize("name", PORTABLE)
@pytest.mark.slow_on("jax", "tensorflow")
def test_each_public_function_draws_portable_numbers(name, portable):
    arguments = ARGUMENTS[name]
    public = getattr(keras.random, name)(*arguments, seed=keras.random.SeedGenerator(1))
    ours = PORTABLE[name](*arguments, seed=keras.random.SeedGenerator(1))
    np.testing.assert_array_equal(host(public), host(ours))


def refusal():
    with pytest.raises(UserError) as caught:
        install()
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"Keras {keras.__version__} draws its random numbers in another way")
    assert "set random=native" in message
    assert not is_installed()
    return message


@pytest.mark.parametrize("name", PORTABLE)
def test_a_function_that_is_gone_is_noticed(name, native, monkeypatch):
    # Put back before `native` installs anew, whichever of the two ends first.
    with monkeypatch.context() as patch:
        patch.delattr(SEAM, name)
        assert f"keras.src.backend.random.{name} is gone" in refusal()


def test_a_function_with_other_arguments_is_noticed(native, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(SEAM, "gamma", lambda shape, alpha, rate, dtype, seed: None)
        assert "random.gamma now takes shape, alpha, rate, dtype, seed" in refusal()
    assert SEAM.normal is not PORTABLE["normal"]


def test_a_module_that_is_gone_is_noticed(native, monkeypatch):
    with monkeypatch.context() as patch:
        patch.delattr(keras.src.backend, "random")
        assert "keras.src.backend.random is gone" in refusal()


def test_a_keras_that_goes_around_the_seam_is_noticed(native, monkeypatch):
    before = {name: getattr(SEAM, name) for name in PORTABLE}
    with monkeypatch.context() as patch:
        patch.setattr(keras.random, "uniform", before["uniform"])
        assert "does not call keras.src.backend.random.uniform" in refusal()
    assert {name: getattr(SEAM, name) for name in PORTABLE} == before


def test_the_seam_is_where_keras_has_it():
    assert subject.seam() is SEAM


@pytest.mark.parametrize(
    ("layer", "shape", "checksums"),
    [
        (lambda: keras.layers.Dense(5), (None, 7), {"kernel": 0x9A7B1471, "bias": 0x0FD59B8D}),
        (lambda: keras.layers.Conv2D(4, 3), (None, 8, 8, 3), {"kernel": 0x9B2E5770}),
        (lambda: keras.layers.Embedding(10, 6), (None,), {"embeddings": 0xC0797018}),
        (lambda: keras.layers.LSTM(4), (None, 3, 5), {"kernel": 0xB5588CE1, "bias": 0x481D63F4}),
    ],
    ids=["dense", "convolution", "embedding", "lstm"],
)
def test_golden_initial_weights(layer, shape, checksums, portable):
    keras.utils.set_random_seed(0)
    layer = layer()
    layer.build(shape)
    weights = {w.name: w for w in layer.weights}
    assert {name: hex(checksum(weights[name])) for name in checksums} == {
        name: hex(value) for name, value in checksums.items()
    }


def test_normal_initial_weights_are_computed_on_the_host(portable):
    keras.utils.set_random_seed(0)
    initializer = keras.initializers.RandomNormal(stddev=0.05)
    expected = subject.PORTABLE["normal"]((50, 40), 0.0, 0.05, seed=initializer.seed)
    np.testing.assert_array_equal(host(initializer((50, 40))), host(expected))


def test_orthogonal_initial_weights_differ_by_rounding_only(portable):
    keras.utils.set_random_seed(0)
    weights = host(keras.initializers.Orthogonal()((4, 4)))
    golden = [
        [-0.6161523, -0.4079981, -0.1299120, -0.6610723],
        [0.7614986, -0.3631124, -0.3345996, -0.4198952],
        [0.0472979, -0.7757393, 0.5362371, 0.3293043],
        [0.1955483, 0.3160939, 0.7639473, -0.5274751],
    ]
    np.testing.assert_allclose(weights, golden, atol=1e-6)


def test_golden_dropout_masks(portable):
    layer = keras.layers.Dropout(0.5, seed=3)
    masks = [host(layer(ops.ones((2, 12)), training=True)).astype(int).tolist() for _ in range(2)]
    assert masks == [
        [[0, 2, 2, 0, 0, 0, 2, 0, 2, 2, 0, 0], [2, 2, 0, 0, 2, 2, 2, 0, 0, 0, 0, 2]],
        [[0, 0, 2, 0, 0, 0, 0, 2, 2, 0, 0, 2], [2, 0, 0, 0, 2, 0, 2, 2, 0, 0, 2, 2]],
    ]


@pytest.mark.slow_on("jax", "tensorflow")
def test_a_functional_model_with_noise_of_all_kinds_trains_alike(portable):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6, 4))
    x = keras.layers.SpatialDropout1D(0.3)(inputs)
    x = keras.layers.GaussianNoise(0.1)(x)
    x = keras.layers.GaussianDropout(0.2)(x)
    x = keras.layers.MultiHeadAttention(2, 3, dropout=0.1)(x, x)
    x = keras.layers.AlphaDropout(0.1)(x)
    model = keras.Model(inputs, keras.layers.Dense(1)(x))
    model.compile("sgd", "mse")
    x, y = np.linspace(-1, 1, 72, dtype="float32").reshape(3, 6, 4), np.ones((3, 6, 1))
    losses = [float(model.train_on_batch(x, y)) for _ in range(3)]
    np.testing.assert_allclose(losses, [1.0238445, 1.3293890, 0.5249313], rtol=1e-5)
