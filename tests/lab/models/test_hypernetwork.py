import keras
import numpy as np
import pytest
from keras import layers, ops

from lab.models.hypernetwork import Hypernetwork
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.errors import UserError

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def dense():
    return [layers.Dense(8, "relu"), layers.Dense(10)]


def normalized():
    return [layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dense(10)]


def dropping():
    return [layers.Dense(8, "relu"), layers.Dropout(0.5), layers.Dense(10)]


def convolutional():
    return [
        layers.Reshape((8, 8, 1)),
        layers.Conv2D(3, 3, strides=2, activation="relu"),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(10),
    ]


def regularized():
    return [layers.Dense(8, "relu", kernel_regularizer="l2"), layers.Dense(10)]


@keras.saving.register_keras_serializable(package="tests")
class Subclassed(keras.Model):
    """Its call takes no `training`."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dense = layers.Dense(10)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs):
        return self.dense(inputs)


def subclassed():
    model = Subclassed()
    model.build((None, 64))
    return model


TARGETS = [dense, normalized, dropping, convolutional, regularized, subclassed]


def build(target, **options):
    keras.utils.set_random_seed(0)
    network = target()
    if isinstance(network, list):
        network = keras.Sequential([keras.Input((64,)), *network])
    generator = keras.Sequential([keras.Input((64,)), layers.Dense(6, "tanh")])
    model = Hypernetwork(network, generator, **options)
    model.build((None, 64))
    model.compile(keras.optimizers.Adam(1e-3), LOSS)
    return model


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


@pytest.mark.in_turn
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.slow_on("jax", "tensorflow")
def test_each_example_meets_the_target_with_its_own_weights(target, data):
    model, x = build(target), data.test["image"][:2]
    outputs = numpy(model(x))
    weights = [numpy(a) for a in model.generate_weights(x)]
    np.testing.assert_allclose(numpy(model(x[:1]))[0], outputs[0], atol=1e-5)
    for i in range(2):
        for variable, value in zip(model.target.trainable_variables, weights, strict=True):
            variable.assign(value[i])
        np.testing.assert_allclose(numpy(model.target(x[i : i + 1]))[0], outputs[i], atol=1e-5)
    assert np.abs(weights[0][0] - weights[0][1]).max() > 1e-3


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("target", [dropping, convolutional])  # that have state of every kind
def test_it_trains_in_one_program(target, data):
    model = build(target)
    before = [numpy(v.value) for v in model.variables]
    engine = engine_class()(model, BatchPreparation("image", "label"), steps_per_call=3)
    engine.load_state()
    indices = np.arange(12, dtype="int32").reshape(3, 4)
    chunk = Chunk(indices, np.zeros((3, 2), "int32"))
    losses, _ = engine.train_steps(engine.put(data.train.parts), chunk)
    engine.save_state()
    assert engine.compile
    assert np.isfinite(losses["loss"]).all()
    assert not any(map(np.array_equal, before, [numpy(v.value) for v in model.variables]))


@pytest.mark.slow_on("jax")
def test_vectorized_and_looping_agree(data):
    models = [build(dropping, vectorize=vectorize) for vectorize in (True, False)]
    outputs = [numpy(model(data.test["image"][:4], training=True)) for model in models]
    np.testing.assert_allclose(*outputs, atol=1e-5)
    states = [[numpy(v.value) for v in model.non_trainable_variables] for model in models]
    assert all(map(np.array_equal, *states))


@pytest.mark.slow_on("jax")
def test_dropout_differs_between_examples_and_between_calls(data):
    model = build(dropping)
    same = np.tile(data.test["image"][:1], (4, 1))
    first, second = (numpy(model(same, training=True)) for _ in range(2))
    assert len(np.unique(first.round(5), axis=0)) > 1
    assert not np.allclose(first, second)
    still = numpy(model(same))
    np.testing.assert_allclose(still, np.tile(still[:1], (4, 1)), atol=1e-5)


def test_losses_of_the_target_count(data):
    model, x = build(regularized), data.test["image"][:4]
    model(x)
    kernels = numpy(model.generate_weights(x)[0])
    (found,) = model.losses
    expected = 0.01 * np.square(kernels).sum(axis=(1, 2)).mean()
    assert float(numpy(found)) == pytest.approx(expected, rel=1e-4)


def test_generated_scales_begin_at_one(data):
    model = build(normalized)
    names = [v.name for v in model.target.trainable_variables]
    weights = model.generate_weights(data.test["image"][:2])
    assert np.all(numpy(weights[names.index("gamma")]) == 1)
    assert np.all(numpy(weights[names.index("beta")]) == 0)


@pytest.mark.in_turn
@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("target", [convolutional, subclassed])
@pytest.mark.slow
def test_it_is_saved_whole(target, data, check_saved, steps):
    model = build(target, weight_activation="tanh", seed=3)
    if steps:
        model.fit(data.train["image"][:8], data.train["label"][:8], batch_size=4, verbose=0)
    loaded = check_saved(model, lambda m: m(data.test["image"][:3]))
    assert (loaded.seed, loaded.vectorize) == (3, True)


def test_any_initializer_is_saved(data, check_saved):
    initializer = keras.initializers.RandomNormal(stddev=0.1, seed=1)
    check_saved(build(dense, weight_initializer=initializer), lambda m: m(data.test["image"][:3]))


def test_a_symbolic_call_gives_the_shape():
    assert build(convolutional)(keras.Input((64,))).shape == (None, 10)


def test_half_precision(data):
    x = data.test["image"][:4]
    model = build(dense, dtype="mixed_float16")
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    weights = model.generate_weights(x)
    assert keras.backend.standardize_dtype(weights[0].dtype) == "float16"
    np.testing.assert_allclose(numpy(model(x)), numpy(build(dense)(x)), atol=0.05)


@pytest.mark.parametrize("target", [Subclassed, lambda: keras.Sequential([layers.ReLU()])])
def test_a_target_without_weights_is_an_error(target):
    with pytest.raises(UserError, match="has no trainable variables yet; build it first"):
        Hypernetwork(target(), layers.Dense(4))


def test_scales_and_shifts_of_several_axes_begin_as_those_of_the_target():
    inputs = keras.Input((4, 4, 2))
    x = layers.LayerNormalization(axis=[1, 2, 3])(inputs)
    x = layers.Reshape((4, 8))(x)
    x = layers.MultiHeadAttention(2, 4)(x, x)
    target = keras.Model(inputs, layers.Flatten()(x))
    model = Hypernetwork(target, layers.Flatten())
    model.build((None, 4, 4, 2))
    weights = model.generate_weights(np.random.default_rng(0).normal(size=(3, 4, 4, 2)))
    found = {v.path: ops.convert_to_numpy(w) for v, w in zip(target.weights, weights, strict=True)}
    for path, weight in found.items():
        if "kernel" in path:
            assert weight.std() > 0.05
        else:
            np.testing.assert_array_equal(weight, np.full_like(weight, path.endswith("gamma")))
