"""Batch normalisation by fused kernels: what Keras's operations compute, and their gradients."""

import contextlib

import keras
import numpy as np
import pytest

from triceras.modelling import moments


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


class Exact(keras.layers.BatchNormalization):
    """As a layer of a user's own has its moments."""

    def _moments(self, inputs, mask):
        return moments.exact_moments(inputs, self._reduction_axes)


class Own(keras.layers.BatchNormalization):
    """Moments that no kernel knows the gradient of."""

    def _moments(self, inputs, mask):
        mean, variance = super()._moments(inputs, mask)
        return keras.ops.stop_gradient(mean), variance


def trained(layer, shape, fused, **options):
    """Whether kernels were fused, and the output, both gradients and the averages of a layer."""
    import tensorflow as tf

    from triceras.engines.tensorflow_normalization import one_kernel

    generator = np.random.default_rng(0)
    x, along = (tf.constant(generator.normal(2, 3, shape).astype("float32")) for _ in range(2))
    layer.build(shape)
    for variable in layer.variables:
        variable.assign(generator.uniform(0.5, 2, variable.shape))

    def step():
        values = [x, *(variable.value for variable in layer.trainable_variables)]
        with one_kernel() if fused else contextlib.nullcontext():
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    y = layer(x, training=True, **options)
                    loss = tf.reduce_sum(tf.sin(y) * tf.cast(along, y.dtype))
                first = inner.gradient(loss, values)
                penalty = tf.reduce_sum(tf.square(first[0]))
            second = outer.gradient(penalty, x)
        return y, first, second, [v.value for v in layer.non_trainable_variables]

    program = tf.function(step, autograph=False)
    kinds = {op.type for op in program.get_concrete_function().graph.get_operations()}
    return "FusedBatchNormGradV3" in kinds, tf.nest.flatten(program())


FUSED = [
    (keras.layers.BatchNormalization, {}, (8, 5, 5, 3)),
    (keras.layers.BatchNormalization, {"scale": False, "center": False}, (16, 7)),
    (keras.layers.BatchNormalization, {"renorm": True, "axis": 2}, (4, 6, 3)),
    (Exact, {"dtype": "mixed_bfloat16"}, (8, 5, 5, 3)),
    (Exact, {}, (2, 3, 4, 5, 6)),
]


@pytest.mark.slow_on("tensorflow")
@pytest.mark.parametrize(("kind", "options", "shape"), FUSED)
def test_what_it_computes(kind, options, shape):
    fused, found = trained(kind(**options), shape, True)
    plain, expected = trained(kind(**options), shape, False)
    assert (fused, plain) == (True, False)
    tolerance = 2e-2 if options.get("dtype") else 1e-5
    for a, b in zip(found, expected, strict=True):
        a, b = (np.asarray(each, "float64") for each in (a, b))
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(b).max())


@pytest.mark.slow_on("tensorflow")
@pytest.mark.parametrize(
    ("layer", "options"),
    [
        (Own(), {}),
        (keras.layers.BatchNormalization(axis=1), {}),
        (keras.layers.BatchNormalization(dtype="float64"), {}),
        (keras.layers.BatchNormalization(), {"mask": np.arange(20).reshape(4, 5) > 3}),
    ],
    ids=["moments of its own", "another axis", "float64", "a mask"],
)
def test_what_is_left_alone(layer, options):
    fused, found = trained(layer, (4, 5, 3), True, **options)
    assert not fused
    assert all(np.isfinite(a).all() for a in found)


@pytest.mark.slow_on("tensorflow")
def test_what_is_compiled_has_other_moments():
    """XLA knows no operation of a part that the user has it compile."""
    import tensorflow as tf

    from triceras.engines.tensorflow_normalization import one_kernel

    x = tf.constant(np.random.default_rng(0).normal(2, 3, (8, 5, 3)).astype("float32"))
    compiled = tf.function(lambda x: moments.exact_moments(x, (0, 1)), jit_compile=True)
    with one_kernel():
        found = compiled(x), moments.exact_moments(x, (0, 1))
    for mean, variance in found:
        np.testing.assert_allclose(mean, x.numpy().mean((0, 1)), rtol=1e-6)
        np.testing.assert_allclose(variance, x.numpy().var((0, 1)), rtol=1e-6)


def test_no_rows_have_no_gradient():
    import tensorflow as tf

    from triceras.engines.tensorflow_normalization import one_kernel

    x = tf.zeros((0, 4))
    with one_kernel(), tf.GradientTape() as tape:
        tape.watch(x)
        _, variance = moments.exact_moments(x, [0])
    assert tape.gradient(variance, x).shape == (0, 4)


def test_it_is_as_before_afterwards():
    from keras.src import backend

    from triceras.engines.tensorflow_normalization import one_kernel

    def functions():
        return backend.nn.moments, backend.nn.batch_normalization, moments.exact_moments

    before = functions()
    with one_kernel():
        assert not set(functions()) & set(before)
    assert functions() == before
