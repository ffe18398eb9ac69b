import keras
import numpy as np
import pytest
from keras import ops

from lab.models.functional_vae import build_functional_vae
from lab.models.vae import VariationalAutoencoder
from lab.objectives.bernoulli import BernoulliNegativeLogLikelihood
from lab.objectives.kl import kl_divergence
from triceras.errors import UserError


def subclassed(shape=(64,), **options):
    model = VariationalAutoencoder(3, (8,), **options)
    model.build((None, *shape))
    return model


def functional(shape=(64,), **options):
    return build_functional_vae(shape, 3, (8,), **options)


@pytest.fixture(params=[subclassed, functional])
def build(request):
    def build(loss=None, **options):
        keras.utils.set_random_seed(0)
        model = request.param(seed=1, **{"output_activation": None, **options})
        model.compile("sgd", loss or BernoulliNegativeLogLikelihood())
        return model

    return build


def evaluate(model, x):
    return model.evaluate(x, x, batch_size=100, verbose=0, return_dict=True)


@pytest.mark.in_turn
@pytest.mark.slow
def test_the_elbo_does_not_depend_on_the_weight_of_the_divergence(build, data):
    x = data.test["image"]
    results = {weight: evaluate(build(kl_weight=weight), x) for weight in (1.0, 0.0, 5.0)}
    for weight, found in results.items():
        assert found["elbo"] == pytest.approx(results[1.0]["elbo"], rel=1e-6)
        assert found["kl"] == pytest.approx(results[1.0]["kl"], rel=1e-6)
        assert found["elbo"] == pytest.approx(-found["reconstruction"] - found["kl"], rel=1e-6)
        expected = found["reconstruction"] + weight * found["kl"]
        assert found["loss"] == pytest.approx(expected, rel=1e-6)
    assert results[1.0]["loss"] == pytest.approx(-results[1.0]["elbo"], rel=1e-6)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
def test_the_terms_are_those_of_the_definition(build, data):
    model, x = build(), data.test["image"][:50]
    mean, log_variance = model.encode(x)
    kl = ops.mean(ops.sum(kl_divergence(mean, log_variance), axis=-1))
    assert evaluate(model, x)["kl"] == pytest.approx(float(ops.convert_to_numpy(kl)), rel=1e-5)


@pytest.mark.in_turn
@pytest.mark.slow
def test_a_mean_over_the_code_is_no_bound(build, data):
    x = data.test["image"][:50]
    mean = evaluate(build("mse", kl_reduction="mean", output_activation="sigmoid"), x)
    total = evaluate(build(), x)
    assert "elbo" not in mean
    assert mean["kl"] == pytest.approx(total["kl"] / 3, rel=1e-5)
    assert mean["loss"] == pytest.approx(mean["reconstruction"] + mean["kl"], rel=1e-6)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
def test_what_is_no_log_likelihood_gives_no_bound_and_no_grey_values(build, data):
    model, x = build("mse"), data.test["image"][:50]
    assert "elbo" not in evaluate(model, x)
    z = np.ones((2, 3), "float32")
    made = [ops.convert_to_numpy(decode(z)) for decode in (model.decode, model.decoder)]
    np.testing.assert_array_equal(*made)


class Own(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean(ops.softplus(y_pred) - y_true * y_pred, axis=-1)


@pytest.mark.parametrize("loss", [Own(), Own().call, [Own()]])
def test_a_loss_of_one_s_own_that_does_not_say_is_taken_for_one_of_logits(build, data, loss):
    model = build(loss)
    model.adapt(data.train["image"])
    model.check_outputs()
    pixels = ops.convert_to_numpy(model.reconstruct(data.test["image"][:5]))
    assert 0 <= pixels.min() < pixels.max() <= 1


@pytest.mark.slow_on("tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("options", "loss", "said"),
    [
        ({"output_activation": "sigmoid"}, None, "reads log odds, and the network gives sigmoid"),
        ({}, keras.losses.BinaryCrossentropy(), r"set \+model.loss.from_logits=true, or"),
    ],
)
def test_a_loss_that_reads_another_output_is_refused(build, data, options, loss, said):
    model = build(loss, **options)
    with pytest.raises(UserError, match=said):
        evaluate(model, data.test["image"][:5])


def test_the_log_odds_of_the_mean_image_are_no_start_for_other_losses(build, data):
    model = build()
    model.adapt(data.train["image"])
    model.compile("sgd", BernoulliNegativeLogLikelihood())
    model.check_outputs()
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    model.check_outputs()
    model.compile("sgd", keras.losses.MeanSquaredError())
    with pytest.raises(UserError, match=r"the loss MeanSquaredError reads none: set model\.adapt="):
        model.check_outputs()


@pytest.mark.in_turn
@pytest.mark.slow
def test_images_that_are_not_flat_have_one_code_each(build, data):
    flat, whole = build(), build(shape=(4, 8, 2))
    whole.set_weights(flat.get_weights())
    x = data.test["image"][:50]
    images = x.reshape(-1, 4, 8, 2)
    assert evaluate(whole, images) == pytest.approx(evaluate(flat, x), rel=1e-5)
    assert whole(images).shape == (50, 4, 8, 2)
    for model, given in ((flat, x), (whole, images)):
        model.adapt(given)
    pixels = [
        ops.convert_to_numpy(model.reconstruct(y)) for model, y in ((flat, x), (whole, images))
    ]
    np.testing.assert_allclose(*pixels, rtol=1e-5)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_training_reports_the_terms_too(build, data):
    x = data.train["image"][:64]
    history = build().fit(x, x, batch_size=16, verbose=0).history
    assert set(history) == {"loss", "reconstruction", "kl", "elbo"}
    assert history["loss"][0] == pytest.approx(-history["elbo"][0], rel=1e-6)


def test_looking_draws_no_noise(build, data):
    model, x = build(), data.test["image"][:5]
    before = [np.array(ops.convert_to_numpy(v.value)) for v in model.variables]
    first = ops.convert_to_numpy(model.reconstruct(x))
    assert np.array_equal(first, ops.convert_to_numpy(model.reconstruct(x)))
    after = [ops.convert_to_numpy(v.value) for v in model.variables]
    assert all(map(np.array_equal, before, after))


@pytest.mark.parametrize(("output_activation", "loss"), [(None, None), ("sigmoid", "mse")])
def test_decoded_pixels_are_grey_values(build, data, output_activation, loss):
    model = build(loss, output_activation=output_activation)
    x = data.test["image"][:5]
    mean, log_variance = model.encode(x)
    assert tuple(mean.shape) == tuple(log_variance.shape) == (5, 3)
    pixels = ops.convert_to_numpy(model.decode(10 * np.ones((2, 3), "float32")))
    assert pixels.shape == (2, 64)
    assert 0 <= pixels.min() < pixels.max() <= 1
    expected = ops.convert_to_numpy(model.decode(mean))
    np.testing.assert_allclose(ops.convert_to_numpy(model.reconstruct(x)), expected, rtol=1e-6)


def test_decoding_logits_and_grey_values_agree(build):
    logits, grey = build(), build("mse", output_activation="sigmoid")
    grey.set_weights(logits.get_weights())
    z = np.ones((2, 3), "float32")
    pixels = [ops.convert_to_numpy(model.decode(z)) for model in (logits, grey)]
    np.testing.assert_allclose(*pixels, rtol=1e-5)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("loss", "compiled", "given"),
    [
        (BernoulliNegativeLogLikelihood(reduction="sum"), {}, {}),
        (None, {"loss_weights": 0.1}, {}),
        (None, {}, {"sample_weight": 3 * np.ones(50, "float32")}),
    ],
    ids=["sum", "weight", "weights"],
)
def test_what_is_no_mean_of_examples_is_no_bound(build, data, loss, compiled, given):
    model, x = build(loss), data.test["image"][:50]
    model.compile("sgd", model.loss, **compiled)
    assert "elbo" not in model.evaluate(x, x, verbose=0, return_dict=True, **given)
