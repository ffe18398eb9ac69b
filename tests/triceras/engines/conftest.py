"""Small models of several kinds, and engines that train them on real digits.

What takes time is to compile, on JAX eagerly too, where each operation is compiled once for each
shape. So the models have sizes in common, and tests share what one of them has compiled.
"""

import dataclasses
import logging

import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.engines.state import keep, restore, state_variables
from triceras.random.bits import uniform_from_key
from triceras.random.install import install, uninstall
from triceras.testing.small import data as digits
from triceras.testing.small.adversaries import Adversaries
from triceras.testing.small.autoencoder import NoisyAutoencoder
from triceras.testing.small.classifier import build_classifier, build_convolutional, build_linear

ROWS = 1000  # a multiple of the batches that models are evaluated with


@pytest.fixture(scope="module", autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()


@pytest.fixture(scope="session")
def data():
    return digits.load()


def binarize(parts, key, ops):
    x = parts["image"]
    return parts | {"image": ops.cast(uniform_from_key(key, ops.shape(x), ops) < x, "float32")}


def autoencoder():
    """Draws noise in a layer, adds to the loss, and augments in the step."""
    model = NoisyAutoencoder(16, 16)
    model.build((None, 64))
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.BinaryCrossentropy(from_logits=True))
    return model, BatchPreparation("image", "image", augment=[binarize])


def of_digits(model, optimizer, **options):
    """Compiles a model that tells digits from each other."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, **options)
    return model, BatchPreparation("image", "label")


def linear(optimizer=None):
    return of_digits(build_linear((64,), 10), optimizer or keras.optimizers.SGD(0.1))


def classifier():
    """Has a random counter, a regulariser and a metric."""
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model = build_classifier((64,), 10)
    return of_digits(model, keras.optimizers.Adam(1e-2), metrics=[accuracy])


def convolutional():
    """What XLA on a CPU must not run in a loop of its own; has moving averages."""
    return of_digits(build_convolutional((64,), (8, 8, 1), 10), keras.optimizers.Adam(1e-2))


def adversaries():
    """Two objectives, each with variables and an optimizer of its own."""
    model = Adversaries(64, 16)
    optimizers = keras.optimizers.Adam(1e-2), keras.optimizers.SGD(1e-1)
    model.compile(dict(zip(("discriminator", "generator"), optimizers, strict=True)))
    return model, BatchPreparation("image", "label")


KINDS = {
    "autoencoder": autoencoder,
    "classifier": classifier,
    "convolutional": convolutional,
    "adversaries": adversaries,
}


def schedule(batch_size=16):
    """The 20 steps that engines are trained with."""
    rng = np.random.default_rng(7)
    indices = rng.integers(0, ROWS, (20, batch_size)).astype("int32")
    return Chunk(indices, rng.integers(-(2**31), 2**31, (20, 2)).astype("int32"))


@pytest.fixture(scope="session")
def steps():
    return schedule()


@dataclasses.dataclass
class Run:
    """An engine with its data on the device."""

    engine: object
    data: dict

    def __post_init__(self):
        self.first = keep(self.variables())

    def rewound(self):
        """The same engine, with all its programs, where it began."""
        self.engine.save_state()
        self.engine.model.reset_metrics()
        restore(self.first)
        self.engine.load_state()
        return self

    def train(self, start, stop, batch_size=16):
        """Steps `start` to `stop` of the schedule; returns losses and metrics."""
        steps = schedule(batch_size)
        chunk = Chunk(steps.indices[start:stop], steps.keys[start:stop])
        return self.engine.train_steps(self.data, chunk)

    def variables(self):
        """All variables, the optimizers' too."""
        optimizers = [v for o in self.engine.objectives for v in o.optimizer.variables]
        return [*state_variables(self.engine.model, self.engine.objectives), *optimizers]

    def values(self):
        """The values of all variables, as the engine has them."""
        self.engine.save_state()
        return [np.array(ops.convert_to_numpy(v.value)) for v in self.variables()]


@pytest.fixture(scope="session")
def start(data):
    """Builds a model from one seed and an engine for it."""

    def start(build=linear, engine=None, **options):
        keras.utils.set_random_seed(3)
        model, batch = build()
        engine = (engine or engine_class())(model, batch, **{"steps_per_call": 5, **options})
        engine.load_state()
        return Run(engine, engine.put(data.train.take(slice(ROWS))))

    return start


@pytest.fixture(scope="session")
def start_linear(start):
    """The smallest model, with an optimizer of one's own."""
    return lambda optimizer, **options: start(lambda: linear(optimizer()), **options)


@pytest.fixture(scope="session")
def start_convolutional(start):
    """A model that convolves."""
    return lambda **options: start(convolutional, **options)


@pytest.fixture(scope="session")
def start_again(start):
    """What `start` gives without options, compiled once for all tests that ask for this."""
    runs = {}

    def start_again(build=linear):
        if build not in runs:
            runs[build] = start(build)
        return runs[build].rewound()

    return start_again


# That for which all that others have is least to compile.
QUICK = "autoencoder"
SLOWLY = pytest.mark.slow_on("tensorflow")


@pytest.fixture(
    scope="module",
    params=[name if name == QUICK else pytest.param(name, marks=SLOWLY) for name in KINDS],
)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def build(kind):
    return KINDS[kind]


@dataclasses.dataclass
class Whole:
    """Five steps in one call."""

    engine: object
    before: list
    losses: dict
    metrics: dict
    after: list


@pytest.fixture(scope="module")
def whole(start_again, build):
    run = start_again(build)
    before = run.values()
    return Whole(run.engine, before, *run.train(0, 5), run.values())


@pytest.fixture(scope="session")
def close():
    """Asserts that two dictionaries hold nearly the same numbers."""

    def close(first, second):
        assert first.keys() == second.keys()
        for name, value in first.items():
            np.testing.assert_allclose(value, second[name], rtol=1e-5, atol=1e-6, err_msg=name)

    return close


@pytest.fixture
def told(caplog):
    """Gives the warnings of this package."""
    caplog.set_level(logging.WARNING, "triceras")
    return lambda: [r.getMessage() for r in caplog.records if r.name.startswith("triceras")]
