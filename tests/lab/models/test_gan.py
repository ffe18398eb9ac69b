import keras
import numpy as np
import pytest
from keras import ops

from lab.models.dcgan import build_dcgan
from lab.models.gan import PLAYERS, apply_unchanged
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.errors import UserError


def host(x):
    return np.array(ops.convert_to_numpy(x))


def make(compiled=True, **options):
    keras.utils.set_random_seed(0)
    model = build_dcgan((64,), (8, 8, 1), latent_dim=3, filters=2, **options)
    if compiled:
        model.compile({name: keras.optimizers.Adam(1e-2, 0.5) for name in PLAYERS})
    return model


def values(variables):
    return [host(v.value) for v in variables]


def moved(before, variables):
    return [not np.array_equal(a, b) for a, b in zip(before, values(variables), strict=True)]


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.slow_on("jax", "tensorflow")
def test_each_objective_moves_its_own_network_only(player, data):
    model = make()
    other = next(name for name in PLAYERS if name != player)
    mine, theirs = getattr(model, player), getattr(model, other)
    statistics = [v for v in mine.non_trainable_variables if "moving" in v.path]
    assert statistics
    before = values(statistics), values(theirs.variables)
    loss = getattr(model, f"{player}_loss")
    assert np.isfinite(host(loss(data.train["image"][:8], None, True)))
    assert all(moved(before[0], statistics))
    assert not any(moved(before[1], theirs.variables))
    objective = next(o for o in model.objectives() if o.name == f"{player}_loss")
    assert [id(v) for v in objective.variables] == [id(v) for v in mine.trainable_variables]


@pytest.mark.slow_on("jax")
def test_looking_at_images_moves_no_statistics(data):
    model = make()
    statistics = [v for v in model.non_trainable_variables if "moving" in v.path]
    before = values(statistics)
    for name in PLAYERS:
        getattr(model, f"{name}_loss")(data.train["image"][:8], None, False)
    assert not any(moved(before, statistics))


@pytest.mark.in_turn
@pytest.mark.slow
def test_a_step_alternates_between_the_networks(data):
    model = make()
    engine = engine_class()(model, BatchPreparation("image", "image"), steps_per_call=4)
    engine.load_state()
    chunk = Chunk(np.arange(32, dtype="int32").reshape(4, 8), np.zeros((4, 2), "int32"))
    start = values(model.trainable_variables)
    losses, metrics = engine.train_steps(engine.put(data.train.parts), chunk)
    engine.save_state()
    assert engine.compile
    assert list(losses) == ["discriminator_loss", "generator_loss"]
    assert {"real_accuracy", "fake_accuracy", "energy_distance"} <= set(metrics)
    assert all(moved(start, model.trainable_variables))
    assert [int(host(o.iterations)) for o in model.optimizers.values()] == [4, 4]

    # The same noise and images, but a discriminator that has not moved before the generator does.
    unmoved = make()
    x = data.train["image"][:8]
    by_hand = [float(host(loss(x, None, True))) for loss in objective_losses(unmoved)]
    assert losses["discriminator_loss"][0] == pytest.approx(by_hand[0], rel=1e-5)
    assert losses["generator_loss"][0] != pytest.approx(by_hand[1], rel=1e-3)


def objective_losses(model):
    return [objective.compute_loss for objective in model.objectives()]


@pytest.mark.slow_on("jax")
def test_a_network_applied_unchanged_normalises_by_the_batch(data):
    model = make()
    x = ops.convert_to_tensor(2 * data.train["image"][:8] - 1)
    before = values(model.discriminator.variables)
    outputs = host(apply_unchanged(model.discriminator, x, True))
    assert not any(moved(before, model.discriminator.variables))
    np.testing.assert_allclose(outputs, host(model.discriminator(x, training=True)), rtol=1e-5)
    assert not np.allclose(outputs, host(model.discriminator(x, training=False)), rtol=1e-2)


@pytest.mark.slow_on("jax")
def test_images_are_grey_values(data):
    model = make()
    noise = keras.random.normal((5, model.latent_dim), seed=1)
    images = host(model.generate(noise))
    assert images.shape == (5, 64)
    assert 0 <= images.min() < 0.5 < images.max() <= 1
    assert host(model(data.train["image"][:3])).shape == (3, 64)


@pytest.mark.in_turn
@pytest.mark.slow
def test_saves_and_loads_with_both_optimizers(data, check_saved):
    model = make()
    engine = engine_class()(model, BatchPreparation("image", "image"), compile=False)
    engine.load_state()
    engine.train_steps(
        engine.put(data.train.parts),
        Chunk(np.arange(8, dtype="int32")[None], np.zeros((1, 2), "int32")),
    )
    engine.save_state()
    noise = np.ones((2, 3), "float32")
    loaded = check_saved(model, lambda model: model.generate(noise))
    assert set(loaded.optimizers) == set(PLAYERS)
    for name, optimizer in loaded.optimizers.items():
        assert optimizer.get_config()["beta_1"] == 0.5
        assert optimizer.built, name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "adam"}, "two optimizers, discriminator and generator: use optimizer="),
        ({"optimizer": {"generator": "adam"}}, "two optimizers"),
        ({"optimizer": dict.fromkeys(PLAYERS, "adam"), "loss": "mse"}, "losses and metrics of its"),
    ],
)
def test_what_it_cannot_be_compiled_with(arguments, message):
    with pytest.raises(UserError, match=message):
        make(compiled=False).compile(**arguments)
