import random

import keras
import numpy as np
import pytest
from keras import ops
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR, global_seed_generator

from triceras.checkpoints import snapshot
from triceras.checkpoints.snapshot import Position
from triceras.engines.draws import refusing_strangers
from triceras.errors import UserError
from triceras.random import normal_from_key
from triceras.random.install import install, uninstall
from triceras.testing.loops import LOOPS, split_of, train

HIDDEN = []
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()


class Drawing(keras.layers.Layer):
    """Gives what it draws, whatever it is given."""

    def __init__(self, draw, in_training=True):
        super().__init__()
        self.draw = draw
        self.in_training = in_training
        self.rng = np.random.default_rng(0)

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs, training=False):
        noise = self.draw(self) if training == self.in_training else 0.0
        return ops.zeros_like(inputs[:, :1]) * self.scale + noise


def model(draw, **options):
    keras.utils.set_random_seed(3)
    HIDDEN[:] = [keras.random.SeedGenerator(5)]
    layer = Drawing(draw, **options)
    model = keras.Sequential([keras.Input((2,)), layer])
    model.compile("sgd", "mse")
    return model


def losses(draw, loop="custom", **options):
    x, y = np.ones((24, 2), "float32"), np.zeros((24, 1), "float32")
    validation = split_of(x[:8], y[:8]) if options else None
    return train(model(draw, **options), x, y, loop, validation=validation)[0]


DRAWS = {
    "without a seed": (lambda layer: keras.random.normal((1,)), global_seed_generator),
    "from a generator that no layer knows": (
        lambda layer: keras.random.normal((1,), seed=HIDDEN[0]),
        lambda: HIDDEN[0],
    ),
}


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("draw", "generator"), DRAWS.values(), ids=DRAWS)
@pytest.mark.slow
def test_each_step_draws_anew_and_the_same_on_each_backend(draw, generator, loop):
    found = losses(draw, loop)
    seed, drawn = ops.convert_to_numpy(generator().state.value)
    assert drawn == 3
    keys = [np.array([seed, step], "int32") for step in range(3)]
    np.testing.assert_allclose(found, [normal_from_key(key, (1,))[0] ** 2 for key in keys], 1e-5)


@pytest.mark.slow
def test_a_checkpoint_holds_the_generators_and_is_loaded_without_them():
    draw, generator = DRAWS["from a generator that no layer knows"]
    trained = model(draw)
    data = np.ones((8, 2), "float32"), np.zeros((8, 1), "float32")
    train(trained, *data, "custom")
    saved = snapshot.take(trained, [], Position())
    generator().state.assign([0, 0])
    snapshot.give(trained, [], saved)
    assert ops.convert_to_numpy(generator().state.value).tolist() == [5, 1]
    snapshot.give_model(model(draw), saved)


ON_THE_HOST = {
    "numpy": lambda layer: np.random.normal(),
    "python": lambda layer: random.random(),
    "generator": lambda layer: layer.rng.normal(),
    "module": lambda layer: RNG.normal(),
}


@pytest.mark.parametrize("draw", ON_THE_HOST.values(), ids=ON_THE_HOST)
def test_what_the_host_would_draw_once_is_refused(draw):
    with pytest.raises(UserError, match=r"^the model draws from .*: make .* keras\.random\.normal"):
        losses(draw)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.slow_on("tensorflow")
def test_a_draw_without_a_seed_in_an_evaluation_alone_is_refused(loop):
    # On JAX Keras itself refuses.
    said = "without a seed, or .* evaluated and not where|should only use seeded random ops"
    with pytest.raises((UserError, ValueError), match=said):
        losses(lambda layer: keras.random.normal((1,)), loop, in_training=False)


@pytest.mark.in_turn
def test_what_is_trained_next_draws_as_if_nothing_had_been_refused():
    keras.utils.set_random_seed(3)
    trained = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    before = random.getstate()
    for there in (False, True):
        if there:
            keras.random.normal((1,))
        with pytest.raises(UserError, match="evaluated and not where"), refusing_strangers(trained):
            keras.random.normal((1,))
        if not there:
            assert global_state.get_global_attribute(GLOBAL_SEED_GENERATOR) is None
            assert random.getstate() == before
    assert ops.convert_to_numpy(global_seed_generator().state.value)[1] == 1
    with pytest.raises(UserError, match="evaluated and not where"), refusing_strangers(trained):
        raise ValueError("[JAX RNG] When tracing a JAX function, you should not")


def test_a_model_that_draws_nothing_leaves_the_generators_of_the_process_alone():
    keras.utils.set_random_seed(3)
    drawing = model(lambda layer: 1.0)
    before = random.getstate()
    train(drawing, np.ones((8, 2), "float32"), np.zeros((8, 1), "float32"), "custom")
    assert random.getstate() == before
    assert drawing._seed_generators == []
