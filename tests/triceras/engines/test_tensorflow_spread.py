"""What operations of TensorFlow give of shares of a batch."""

import numpy as np
import pytest

ROWS, COUNT = 8, 2


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


def cases():
    """A name of an operation, and a function with it."""
    import tensorflow as tf

    kernel = tf.constant(np.linspace(-1, 1, 3 * 3 * 2 * 4, dtype="float32").reshape(3, 3, 2, 4))
    table = tf.constant(np.arange(15, dtype="float32").reshape(5, 3))
    matrix = tf.constant(np.linspace(-1, 1, 6 * 5, dtype="float32").reshape(6, 5))
    dilated = {"strides": 1, "padding": "SAME", "dilations": 1}

    def by(variable, function):
        with tf.GradientTape() as tape:
            tape.watch(variable)
            result = tf.reduce_sum(tf.sin(function(variable)))
        return tape.gradient(result, variable)

    return [
        ("Sum", lambda x, images, labels: tf.reduce_sum(x, 0)),
        ("Mean", lambda x, images, labels: tf.reduce_mean(x)),
        ("Max", lambda x, images, labels: tf.reduce_max(x, 1, keepdims=True)),
        ("MatMul", lambda x, images, labels: x @ matrix),
        ("MatMul", lambda x, images, labels: by(matrix, lambda w: x @ w)),
        ("MatMul", lambda x, images, labels: tf.matmul(x, x, transpose_a=True)),
        ("MatMul", lambda x, images, labels: tf.matmul(x, x, transpose_b=True)),
        ("Einsum", lambda x, images, labels: tf.einsum("bhwc,bhwd->cd", images, images)),
        ("BatchMatMulV2", lambda x, images, labels: tf.matmul(images, images, transpose_b=True)),
        ("Conv2D", lambda x, images, labels: tf.nn.conv2d(images, kernel, **dilated)),
        (
            "Conv2DBackpropFilter",
            lambda x, images, labels: by(kernel, lambda k: tf.nn.conv2d(images, k, **dilated)),
        ),
        (
            "Conv2DBackpropInput",
            lambda x, images, labels: by(images, lambda i: tf.nn.conv2d(i, kernel, **dilated)),
        ),
        ("MaxPool", lambda x, images, labels: tf.nn.max_pool2d(images, 2, 2, "SAME")),
        (
            "AvgPoolGrad",
            lambda x, images, labels: by(images, lambda i: tf.nn.avg_pool2d(i, 2, 2, "SAME")),
        ),
        ("GatherV2", lambda x, images, labels: tf.gather(table, labels)),
        (
            "UnsortedSegmentSum",
            lambda x, images, labels: tf.math.unsorted_segment_sum(x, labels, 5),
        ),
        ("OneHot", lambda x, images, labels: tf.one_hot(labels, 5)),
        (
            "SparseSoftmaxCrossEntropyWithLogits",
            lambda x, images, labels: tf.nn.sparse_softmax_cross_entropy_with_logits(labels, x),
        ),
        ("Softmax", lambda x, images, labels: tf.nn.softmax(x)),
        ("BiasAddGrad", lambda x, images, labels: by(matrix[:, 0], lambda b: tf.nn.bias_add(x, b))),
        ("Transpose", lambda x, images, labels: tf.transpose(images, [1, 2, 0, 3])),
        ("ConcatV2", lambda x, images, labels: tf.concat([x, x * 2], 1)),
        ("Pack", lambda x, images, labels: tf.stack([x, x * 2])),
        ("Unpack", lambda x, images, labels: tf.unstack(x, axis=1)),
        ("Split", lambda x, images, labels: tf.split(x, 3, 1)),
        ("StridedSlice", lambda x, images, labels: images[:, 1:3, ..., 0]),
        ("StridedSlice", lambda x, images, labels: images[..., tf.newaxis, 1]),
        ("StridedSliceGrad", lambda x, images, labels: by(x, lambda x: x[:, 2])),
        ("Pad", lambda x, images, labels: tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])),
        ("Cumsum", lambda x, images, labels: tf.cumsum(x, 1)),
        ("TopKV2", lambda x, images, labels: tf.math.top_k(x, 2)[1]),
        ("ArgMax", lambda x, images, labels: tf.argmax(x, 1)),
        ("Tile", lambda x, images, labels: tf.tile(matrix[:1], [ROWS, 1])),
        ("L2Loss", lambda x, images, labels: tf.nn.l2_loss(x)),
        ("SelectV2", lambda x, images, labels: tf.where(x > 0, x, matrix[:, 0])),
    ]


def others():
    """What no rule is for, or not of such shares."""
    import tensorflow as tf

    @tf.function
    def within(x):
        return tf.cumsum(x, 0)

    def by_loop(x, images, labels):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loop = tf.while_loop(lambda k, _: k < 3, lambda k, y: (k + 1, tf.sin(y)), (0, x))
        return tape.gradient(loop[1], x)

    return [
        by_loop,
        lambda x, images, labels: within(x),
        lambda x, images, labels: tf.cumsum(x, 0),
        lambda x, images, labels: tf.tile(x, [2, 1]),
        lambda x, images, labels: tf.reverse(x, [0]),
        lambda x, images, labels: x[1:] - x[:-1],
        lambda x, images, labels: x[::2],
        lambda x, images, labels: tf.reduce_max(x, 0),
        lambda x, images, labels: tf.reduce_sum(x, 0) ** 2,
        lambda x, images, labels: tf.concat([x, x], 0),
        lambda x, images, labels: tf.sort(x, 0),
        lambda x, images, labels: tf.boolean_mask(x, labels > 2),
        lambda x, images, labels: tf.reshape(x, [3, 16]),
        lambda x, images, labels: tf.gather(x, labels),
        lambda x, images, labels: tf.nn.softmax(x, 0),
        lambda x, images, labels: tf.math.reduce_variance(x, 0),
        lambda x, images, labels: tf.cond(x[0, 0] > 0, lambda: x, lambda: -x),
        lambda x, images, labels: tf.while_loop(
            lambda k, _: k < 3, lambda k, y: (k + 1, y * 2), (0, x)
        )[1],
    ]


def spread_and_alone(function):
    """The graph of a function on two devices, and what it and one give."""
    import tensorflow as tf

    from triceras.engines.tensorflow_spread import spread

    generator = np.random.default_rng(1)
    x = tf.constant(generator.normal(size=(ROWS, 6)).astype("float32"))
    images = tf.constant(generator.normal(size=(ROWS, 4, 4, 2)).astype("float32"))
    labels = tf.constant(generator.integers(0, 5, ROWS).astype("int32"))
    parts, key = {"images": images, "labels": labels, "x": x}, tf.constant([1, 2])

    def step(parts, key):
        return function(**parts)

    alone = tf.function(step, autograph=False).get_concrete_function(parts, key)
    together = tf.function(
        lambda parts, key: spread(alone, parts, key, ["cpu:0"] * COUNT), autograph=False
    ).get_concrete_function(parts, key)
    return together.graph, together(parts, key), alone(parts, key)


def same(together, alone):
    import tensorflow as tf

    for one, other in zip(tf.nest.flatten(together), tf.nest.flatten(alone), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_each_device_computes_its_share():
    for name, function in cases():
        graph, together, alone = spread_and_alone(function)
        same(together, alone)
        local = [one for one in graph.get_operations() if one.type == name]
        # Some bring shares together besides.
        assert len(local) >= COUNT, name


@pytest.mark.slow
def test_what_has_no_rule_is_computed_on_all_rows():
    for function in others():
        _, together, alone = spread_and_alone(function)
        same(together, alone)


@pytest.mark.slow_on("tensorflow")
def test_a_step_of_other_numbers_ends_the_run_in_one_line(monkeypatch):
    import tensorflow as tf

    from triceras.engines import tensorflow_devices
    from triceras.errors import UserError

    variable = tf.Variable(1.0)

    def step(parts, key):
        variable.assign_add(tf.reduce_sum(parts["x"]))
        return variable.read_value()

    monkeypatch.setattr(tensorflow_devices, "sharing", [["cpu:0"] * COUNT])
    given = {"x": tf.ones((4, 2))}, tf.constant([1, 2])
    together = tensorflow_devices.share_out(step, *given)
    # It was tried, and nothing is left of that.
    assert variable.numpy() == 1.0
    assert tf.function(together)(*given).numpy() == 9.0

    before = tensorflow_devices.spread_step
    monkeypatch.setattr(tensorflow_devices, "spread_step", lambda *a: 2 * before(*a))
    with pytest.raises(UserError, match="a step on 2 devices gave other numbers than on one"):
        tensorflow_devices.share_out(step, *given)
