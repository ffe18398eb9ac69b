"""What the code blocks of "Keras for researchers" show, asserted; `blocks.yaml` lists them.

A test `test_block_07_...` is of block 7, counted from 0, so that a table of what holds on which
backend can be made of the tests' results.
"""

import functools
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from lab.guide.coverage import read_blocks
from lab.layers.activity_regularization import ActivityRegularization
from lab.layers.compute_sum import ComputeSum
from lab.layers.decoder import Decoder
from lab.layers.dropout import Dropout
from lab.layers.encoder import Encoder
from lab.layers.linear import Linear
from lab.layers.sampling import Sampling
from lab.layers.track_metric import TrackMetric, reset_metrics
from lab.models.dense_hypernetwork import build_dense_hypernetwork
from lab.models.functional_vae import build_functional_vae
from lab.models.linear import build_linear
from lab.models.mlp import MLP, build_mlp, build_sequential_mlp
from lab.models.mlp_with_dropout import MLPWithDropout
from lab.models.sparse_mlp import SparseMLP
from lab.models.vae import VariationalAutoencoder

ROOT = Path(__file__).parents[3]
BLOCKS = read_blocks()

close = functools.partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6)


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def same_variables(first, second):
    """Whether two lists hold the same objects; `==` would compare values."""
    return [id(v) for v in first] == [id(v) for v in second]


def cross_entropy(logits, labels):
    """The mean cross entropy, and its gradient with respect to the logits, with NumPy."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    one_hot = np.eye(logits.shape[1])[labels]
    return -np.mean(np.log(np.sum(p * one_hot, axis=1))), (p - one_hot) / len(p)


def classification(model, optimizer, **options):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, **options)
    return model


@pytest.mark.once
@pytest.mark.slow
def test_every_block_has_an_answer_and_a_test():
    assert len(BLOCKS) == 24
    for block in BLOCKS:
        assert (ROOT / block.answer).is_file(), block.answer
    tested = {
        int(n) for n in re.findall(r"^def test_block_(\d\d)_", Path(__file__).read_text(), re.M)
    }
    assert tested == set(range(24))


@pytest.mark.slow_on("torch")
def test_block_00_keras_runs_on_the_backend_that_was_asked_for(backend):
    assert keras.__version__.startswith("3.")
    assert keras.backend.backend() == backend


@pytest.mark.slow
def test_block_01_weights_are_made_with_the_layer():
    layer = Linear(units=32, input_dim=784, b_initializer="zeros")
    assert tuple(layer.w.shape) == (784, 32)
    assert numpy(layer.w).std() == pytest.approx(0.05, rel=0.05)
    assert not numpy(layer.b).any()


def test_block_02_a_layer_is_called_like_a_function():
    layer = Linear(units=4, input_dim=2)
    y = layer(ops.ones((2, 2)))
    assert tuple(y.shape) == (2, 4)
    close(numpy(y), np.ones((2, 2)) @ numpy(layer.w) + numpy(layer.b))


def test_block_03_weights_are_tracked():
    layer = Linear(units=4, input_dim=2)
    assert same_variables(layer.weights, [layer.w, layer.b])
    assert same_variables(layer.trainable_weights, [layer.w, layer.b])
    assert layer.non_trainable_weights == []


def test_block_04_weights_are_made_by_the_first_call():
    layer = Linear(4)
    assert layer.weights == []
    assert tuple(layer(ops.ones((2, 2))).shape) == (2, 4)
    assert same_variables(layer.weights, [layer.w, layer.b])
    assert [tuple(v.shape) for v in layer.weights] == [(2, 4), (4,)]


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_05_a_step_goes_down_the_gradient(train, batch_of):
    model = classification(build_linear((784,)), keras.optimizers.SGD(1e-3))
    w, b = model.get_weights()
    losses, _ = train(model, steps=1)
    x, y = batch_of(0)
    loss, gradient = cross_entropy(x @ w + b, y)
    close(losses, [loss])
    close(model.get_weights()[0], w - 1e-3 * x.T @ gradient)
    close(model.get_weights()[1], b - 1e-3 * gradient.sum(axis=0))


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_05_the_loss_falls(train):
    losses, _ = train(classification(build_linear((784,)), keras.optimizers.SGD(1e-2)), steps=100)
    assert losses[-10:].mean() < 0.75 * losses[:10].mean()


def test_block_06_a_weight_that_is_not_trained_sums_up():
    layer = ComputeSum(2)
    x = ops.ones((2, 2))
    assert numpy(layer(x)).tolist() == [2.0, 2.0]
    assert numpy(layer(x)).tolist() == [4.0, 4.0]
    assert same_variables(layer.weights, [layer.total])
    assert same_variables(layer.non_trainable_weights, [layer.total])
    assert layer.trainable_weights == []


class SummingClassifier(keras.Model):
    """Sums up all images that it sees."""

    def __init__(self):
        super().__init__()
        self.sum = ComputeSum(784)
        self.linear = Linear(10, 784)
        self.built = True

    def call(self, inputs):
        self.sum(inputs)
        return self.linear(inputs)


@pytest.mark.slow
@pytest.mark.in_turn
def test_block_06_it_sums_up_in_a_compiled_step(train, batch_of):
    model = classification(SummingClassifier(), keras.optimizers.SGD(1e-3))
    train(model, steps=3)
    seen = np.concatenate([batch_of(step)[0] for step in range(3)])
    close(numpy(model.sum.total), seen.sum(axis=0))


@pytest.mark.slow_on("tensorflow", "torch")
def test_block_06_it_sums_up_in_fit(digits):
    model = classification(SummingClassifier(), keras.optimizers.SGD(1e-3))
    model.fit(digits[0][:96], digits[1][:96], batch_size=32, epochs=2, verbose=0)
    close(numpy(model.sum.total), 2 * digits[0][:96].sum(axis=0))


def test_block_07_weights_are_tracked_through_layers():
    mlp = MLP()
    y = mlp(ops.ones((3, 64)))
    assert tuple(y.shape) == (3, 10)
    assert len(mlp.weights) == 6
    assert len(mlp.trainable_weights) == 6
    assert same_variables(mlp.weights, [v for layer in mlp.layers for v in layer.weights])


def test_block_08_the_sequential_one_is_the_same_function(digits):
    mlp = MLP()
    expected = mlp(digits[0][:5])
    sequential = build_sequential_mlp((784,), hidden_units=(32, 32))
    sequential.set_weights(mlp.get_weights())
    close(numpy(sequential(digits[0][:5])), numpy(expected), atol=1e-5)


def test_block_09_a_layer_adds_a_loss(digits):
    layer, x = ActivityRegularization(1e-2), digits[0][:5]
    y = layer(x)
    np.testing.assert_array_equal(numpy(y), x)
    close([numpy(loss) for loss in layer.losses], [1e-2 * x.sum()])


def test_block_10_a_block_has_the_losses_of_its_layers():
    mlp = SparseMLP()
    mlp(ops.ones((10, 10)))
    (loss,) = mlp.losses
    assert tuple(loss.shape) == ()
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    w, b = mlp.get_weights()[:2]
    close(numpy(loss), 1e-2 * np.maximum(np.ones((10, 10)) @ w + b, 0).sum())


def test_block_11_losses_do_not_pile_up_over_calls():
    mlp = SparseMLP()
    for _ in range(2):
        mlp(ops.ones((10, 10)))
        assert len(mlp.losses) == 1


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_11_losses_do_not_pile_up_over_compiled_steps(train, batch_of):
    mlp = SparseMLP()
    mlp.build((None, 784))
    classification(mlp, keras.optimizers.SGD(1e-3))
    first, _ = train(mlp, steps=60)
    assert first[-5:].mean() < 0.6 * first[:5].mean()
    x, y = batch_of(0)
    w1, b1, w2, b2 = mlp.get_weights()
    hidden = np.maximum(x @ w1 + b1, 0)
    expected = cross_entropy(hidden @ w2 + b2, y)[0] + 1e-2 * hidden.sum()
    after, _ = train(mlp, steps=1)
    close(after, [expected])
    mlp(x)
    assert len(mlp.losses) == 1


def test_block_12_a_metric_runs_until_it_is_reset():
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    right, wrong = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    for prediction, running in ((right, 1.0), (wrong, 1 / 2), (wrong, 1 / 3), (right, 1 / 2)):
        accuracy.update_state([1], prediction)
        assert float(accuracy.result()) == pytest.approx(running)
    accuracy.reset_state()
    assert float(accuracy.result()) == 0.0
    accuracy.update_state([1], right)
    assert float(accuracy.result()) == 1.0


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_12_a_running_accuracy_in_a_compiled_loop(train, batch_of):
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model = build_mlp((784,), hidden_units=(32, 32))
    classification(model, keras.optimizers.SGD(0.0), metrics=[accuracy])
    _, metrics = train(model, steps=3)
    hits = []
    for step in range(3):
        x, y = batch_of(step)
        hits.append(np.mean(numpy(model(x)).argmax(axis=1) == y))
        assert metrics["accuracy"][step] == pytest.approx(np.mean(hits), abs=1e-6)
    assert metrics["accuracy"][2] != metrics["accuracy"][0]


class Watched(keras.layers.Layer):
    """Tells how many of its activations are zero."""

    def __init__(self):
        super().__init__()
        self.linear = Linear(32)
        self.silent = TrackMetric("silent")

    def build(self, input_shape):
        self.linear.build(input_shape)

    def call(self, inputs):
        x = ops.relu(self.linear(inputs))
        return self.silent(x, ops.cast(x == 0, "float32"))

    def silent_share(self, x):
        return np.mean(x @ numpy(self.linear.w) + numpy(self.linear.b) <= 0)


def test_block_12_any_layer_has_metrics_that_can_be_reset(digits):
    layer, x = Watched(), digits[0]
    layer(x[:10])
    layer(x[10:30])
    (metric,) = layer.metrics
    assert float(metric.result()) == pytest.approx(layer.silent_share(x[:30]), abs=1e-6)
    reset_metrics(layer)
    layer(x[30:40])
    assert float(metric.result()) == pytest.approx(layer.silent_share(x[30:40]), abs=1e-6)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.slow
def test_block_12_metrics_of_layers_in_both_loops(digits, train, loop, batch_of):
    watched = Watched()
    model = keras.Sequential([keras.Input((784,)), watched, keras.layers.Dense(10)])
    classification(model, keras.optimizers.SGD(0.0))
    if loop == "custom":
        _, metrics = train(model, steps=2)
        seen = np.concatenate([batch_of(step)[0] for step in range(2)])
    else:
        seen = digits[0][:96]
        metrics = model.fit(seen, digits[1][:96], batch_size=32, verbose=0).history
    assert metrics["silent"][-1] == pytest.approx(watched.silent_share(seen), abs=1e-6)


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_13_a_compiled_step_computes_what_an_eager_one_does(train):
    weights, losses = [], []
    for compile in (True, False):
        keras.utils.set_random_seed(0)
        model = build_mlp((784,), hidden_units=(32, 32))
        classification(model, keras.optimizers.Adam(1e-3))
        losses.append(train(model, steps=5, compile=compile)[0])
        weights.append(model.get_weights())
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    for compiled, eager in zip(*weights, strict=True):
        close(compiled, eager, atol=1e-5)


def test_block_14_training_and_inference_differ():
    dropout, x = Dropout(0.5), np.ones((20, 50), "float32")
    assert set(numpy(dropout(x, training=True)).ravel()) == {0.0, 2.0}
    np.testing.assert_array_equal(numpy(dropout(x, training=False)), x)
    np.testing.assert_array_equal(numpy(dropout(x)), x)


def test_block_14_training_is_passed_on():
    mlp = MLPWithDropout()
    x = ops.ones((2, 2))
    y_train, y_test = mlp(x, training=True), mlp(x, training=False)
    assert tuple(y_train.shape) == tuple(y_test.shape) == (2, 10)
    assert not np.allclose(numpy(y_train), numpy(y_test))
    np.testing.assert_array_equal(numpy(mlp(x)), numpy(y_test))


def test_block_15_a_graph_of_layers():
    inputs = keras.Input(shape=(16,), dtype="float32")
    x = Linear(32)(inputs)
    x = Dropout(0.5)(x)
    model = keras.Model(inputs, Linear(10)(x))
    assert len(model.weights) == 4
    x = ops.ones((2, 16))
    y = model(x)
    assert tuple(y.shape) == (2, 10)
    np.testing.assert_array_equal(numpy(model(x)), numpy(y))
    assert not np.allclose(numpy(model(x, training=True)), numpy(y))


@pytest.mark.slow_on("jax")
def test_block_16_an_encoder_and_a_sample_of_its_posterior(digits):
    encoder = Encoder(latent_dim=32, hidden_units=(64,))
    mean, log_variance = encoder(digits[0][:5])
    z = Sampling()((mean, log_variance))
    assert tuple(mean.shape) == tuple(log_variance.shape) == tuple(z.shape) == (5, 32)
    assert len(encoder.weights) == 6
    assert not np.allclose(numpy(z), numpy(mean))
    close(numpy(Sampling()((mean, ops.full((5, 32), -100.0)))), numpy(mean))
    # Standard error of 20,000 draws: 0.01.
    draws = numpy(Sampling()((ops.zeros((200, 100)), ops.full((200, 100), np.log(4.0)))))
    assert draws.std() == pytest.approx(2.0, abs=0.04)


def test_block_17_a_decoder_gives_grey_values():
    decoder = Decoder(original_dim=784, hidden_units=(64,))
    pixels = numpy(decoder(keras.random.normal((5, 32), seed=1)))
    assert pixels.shape == (5, 784)
    assert np.all((pixels > 0) & (pixels < 1))
    assert len(decoder.weights) == 4


def guide_vae(build=VariationalAutoencoder, **options):
    model = build(latent_dim=32, hidden_units=(64,), kl_reduction="mean", **options)
    if not model.built:
        model.build((None, 784))
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.MeanSquaredError())
    return model


functional_vae = functools.partial(build_functional_vae, input_shape=(784,))


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.parametrize("build", [VariationalAutoencoder, functional_vae])
def test_block_18_the_model_adds_its_kl_term(digits, build):
    vae, x = guide_vae(build), digits[0][:5]
    for _ in range(2):
        assert tuple(vae(x).shape) == (5, 784)
        mean, log_variance = map(numpy, vae.encode(x))
        vae(x)
        (loss,) = vae.losses
        kl = -0.5 * np.mean(log_variance - mean**2 - np.exp(log_variance) + 1)
        close(numpy(loss), kl)
    assert len(vae.weights) == 10


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_19_it_trains_in_a_compiled_loop(train):
    vae = guide_vae()
    losses, metrics = train(vae, steps=100, batch_size=8, targets="image")
    # As the guide prints it: the mean since the first step.
    np.testing.assert_allclose(
        metrics["loss"], np.cumsum(losses) / np.arange(1, 101), rtol=1e-4, atol=1e-6
    )
    close(metrics["loss"], metrics["reconstruction"] + metrics["kl"])
    assert losses[0] > 0.2
    assert losses[-10:].mean() < 0.1


@pytest.fixture(scope="module")
def functional_losses(train):
    """Those of the functional model in a compiled loop."""
    keras.utils.set_random_seed(0)
    vae = guide_vae(functional_vae)
    assert len(vae.weights) == 10
    return train(vae, steps=5, batch_size=32, targets="image")[0]


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_20_the_functional_one_is_the_same(train, functional_losses):
    vae = guide_vae()
    assert len(vae.weights) == 10
    losses, _ = train(vae, steps=5, batch_size=32, targets="image")
    np.testing.assert_allclose(functional_losses, losses, rtol=1e-5)


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_21_fit_does_what_the_loop_does(functional_losses, batch_of):
    x = np.concatenate([batch_of(step, 32)[0] for step in range(5)])
    keras.utils.set_random_seed(0)
    vae = guide_vae(functional_vae)
    history = vae.fit(x, x, batch_size=32, epochs=1, shuffle=False, verbose=0).history
    assert history["loss"][0] == pytest.approx(functional_losses.mean(), rel=1e-5)


@pytest.fixture
def hypernetwork():
    model = build_dense_hypernetwork(
        (784,),
        10,
        target=functools.partial(build_mlp, hidden_units=(64,)),
        hidden_units=(16,),
        normalize=False,
        weight_activation="sigmoid",
        weight_initializer="glorot_uniform",
    )
    return classification(model, keras.optimizers.Adam(1e-4))


def test_block_22_one_network_generates_the_weights_of_another(digits, hypernetwork):
    x = digits[0][:2]
    weights = [numpy(w) for w in hypernetwork.generate_weights(x)]
    assert [w.shape[1:] for w in weights] == [(784, 64), (64,), (64, 10), (10,)]
    assert sum(w[0].size for w in weights) == 50_890
    # Those of the generator, and none of the network that uses what it generates.
    shapes = [(784, 16), (16,), (16, 50_890), (50_890,)]
    assert [tuple(v.shape) for v in hypernetwork.trainable_weights] == shapes
    logits = numpy(hypernetwork(x))
    for i, (w0, b0, w1, b1) in enumerate(zip(*weights, strict=True)):
        close(logits[i], np.maximum(x[i] @ w0 + b0, 0) @ w1 + b1)


@pytest.mark.in_turn
@pytest.mark.slow
def test_block_23_only_the_generator_learns(hypernetwork, train):
    before = [*hypernetwork.get_weights(), *hypernetwork.target.get_weights()]
    losses, _ = train(hypernetwork, steps=100, batch_size=1)
    after = [*hypernetwork.get_weights(), *hypernetwork.target.get_weights()]
    moved = [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert moved == [True] * 4 + [False] * 4
    assert losses[:20].mean() > losses[-20:].mean()
