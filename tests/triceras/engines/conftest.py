"""Small models of several kinds, and engines that train them on real digits."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.engines.objective import Objective
from triceras.engines.state import state_variables
from triceras.random.bits import uniform_from_key
from triceras.random.install import install, uninstall
from triceras.testing.small import data as digits


@pytest.fixture(scope="module", autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()


@pytest.fixture(scope="session")
def data():
    return digits.load(
        validation_size=200,
        test_size=300,
        split_seed=0,
        flatten=True,
        scale=True,
        binarize="none",
        limit=None,
    )


def binarize(x, key, ops):
    return ops.cast(uniform_from_key(key, ops.shape(x), ops) < x, "float32")


def autoencoder():
    """Draws noise in a layer, adds to the loss in another, and augments in the step."""
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(16, "tanh"),
            keras.layers.Dense(4, activity_regularizer=keras.regularizers.L2(1e-2)),
            keras.layers.GaussianNoise(0.5),
            keras.layers.Dense(16, "tanh"),
            keras.layers.Dense(64),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.BinaryCrossentropy(from_logits=True))
    return model, BatchPreparation("inputs", binarize)


def linear(optimizer=None):
    """As small as a model can be."""
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer or keras.optimizers.SGD(0.1), loss)
    return model, BatchPreparation("labels")


def classifier():
    """Has moving averages, a random counter, a regulariser and a metric."""
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(16, "relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        keras.optimizers.Adam(1e-2),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model, BatchPreparation("labels")


def convolutional():
    """What XLA on a CPU must not run in a loop of its own."""
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Reshape((8, 8, 1)),
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(4, 3, strides=2),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model, BatchPreparation("labels")


class TinyGan(keras.Model):
    """Two objectives, each with variables and an optimizer of its own."""

    def __init__(self):
        super().__init__()
        self.generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64, "sigmoid")])
        self.discriminator = keras.Sequential(
            [
                keras.Input((64,)),
                keras.layers.Dense(16, "relu"),
                keras.layers.Dropout(0.3),
                keras.layers.Dense(1),
            ]
        )
        self.seed_generator = keras.random.SeedGenerator(1)
        self.optimizers = [keras.optimizers.Adam(1e-2), keras.optimizers.SGD(1e-1)]
        self.judgement = keras.metrics.Mean(name="judgement")
        self.built = True

    def invented(self, count):
        return self.generator(keras.random.normal((count, 4), seed=self.seed_generator))

    def discriminator_loss(self, inputs, targets, training):
        real = self.discriminator(inputs, training=training)
        invented = self.discriminator(self.invented(ops.shape(inputs)[0]), training=training)
        self.judgement.update_state(real)
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(invented))

    def generator_loss(self, inputs, targets, training):
        invented = self.discriminator(self.invented(ops.shape(inputs)[0]), training=training)
        return ops.mean(ops.softplus(-invented))

    def objectives(self):
        parts = (self.discriminator, self.generator)
        losses = (self.discriminator_loss, self.generator_loss)
        return [
            Objective(part_name, loss, part.trainable_variables, optimizer)
            for part_name, loss, part, optimizer in zip(
                ("discriminator", "generator"), losses, parts, self.optimizers, strict=True
            )
        ]


def adversaries():
    return TinyGan(), BatchPreparation("labels")


KINDS = {
    "autoencoder": autoencoder,
    "classifier": classifier,
    "convolutional": convolutional,
    "adversaries": adversaries,
}


@dataclasses.dataclass
class Run:
    """An engine with its data on the device."""

    engine: object
    data: tuple

    def train(self, start, stop, batch_size=16):
        """Steps `start` to `stop` of a fixed schedule; returns losses and metrics."""
        rng = np.random.default_rng(7)
        indices = rng.integers(0, len(self.data[0]), (20, batch_size)).astype("int32")
        keys = rng.integers(-(2**31), 2**31, (20, 2)).astype("int32")
        return self.engine.train_steps(self.data, Chunk(indices[start:stop], keys[start:stop]))

    def values(self):
        """All variables, the optimizers' too, as the engine has them."""
        self.engine.save_state()
        optimizers = [v for o in self.engine.objectives for v in o.optimizer.variables]
        variables = [*state_variables(self.engine.model, self.engine.objectives), *optimizers]
        return [np.array(ops.convert_to_numpy(v.value)) for v in variables]


@pytest.fixture(scope="session")
def start(data):
    """Builds a model from one seed and an engine for it."""

    def start(build=linear, engine=None, **options):
        keras.utils.set_random_seed(3)
        model, batch = build()
        engine = (engine or engine_class())(model, batch, **{"steps_per_call": 5, **options})
        engine.load_state()
        return Run(engine, engine.put(data.train.x, data.train.y))

    return start


@pytest.fixture(scope="session")
def start_linear(start):
    """The smallest model, with an optimizer of one's own."""
    return lambda optimizer, **options: start(lambda: linear(optimizer()), **options)


@pytest.fixture(scope="module", params=list(KINDS))
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def start_convolutional(start):
    """A model that convolves."""
    return lambda **options: start(convolutional, **options)


@pytest.fixture(scope="module")
def build(kind):
    return KINDS[kind]
