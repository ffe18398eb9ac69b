"""Draws of the host where an optimizer takes a step."""

import itertools
import random
import threading

import keras
import numpy as np
import pytest

from triceras.data.dataset import Split
from triceras.engines.host_draws import beside_readers, refusing_host_draws
from triceras.errors import UserError
from triceras.testing.loops import train
from triceras.testing.one_weight import with_numbers

X = np.ones((24, 1), "float32")


class Rate(keras.optimizers.schedules.LearningRateSchedule):
    """Is a number."""

    def __init__(self, draw):
        self.draw = draw

    def __call__(self, step):
        return keras.ops.convert_to_tensor(self.draw.next(), "float32")


def model(place, draw):
    return with_numbers(place, draw, Rate)


RNG = np.random.default_rng(0)


def of_the_module():
    return RNG.normal()


class OnTheHost:
    """Draws from a generator of NumPy's or Python's."""

    def __init__(self, kind):
        self.rng = np.random.default_rng(0)
        self.next = {
            "numpy": np.random.normal,
            "python": random.random,
            "own": self.rng.normal,
            "module": of_the_module,
        }[kind]


NOT_ON_PYTORCH = pytest.mark.in_turn("jax", "tensorflow")


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", pytest.param("fit", marks=NOT_ON_PYTORCH)])
@pytest.mark.parametrize(
    ("place", "kind"),
    [
        *itertools.product(["optimizer"], ["numpy", "python", "own", "module"]),
        *itertools.product(["schedule", "constraint"], ["own"]),
        pytest.param("inner", "own", marks=NOT_ON_PYTORCH),
    ],
)
def test_what_the_host_would_draw_once_is_refused(place, kind, loop, backend):
    if backend == "torch" and (loop != "custom" or place == "inner"):
        pytest.skip("its fit is not traced, nor a step whose scale depends on values: both draw")
    with pytest.raises(UserError, match=r"its schedule or a constraint draws from .*: make self"):
        train(model(place, OnTheHost(kind)), X, X, loop)


@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_it_draws_in_each_step_that_is_not_compiled(loop):
    losses, _ = train(model("optimizer", OnTheHost("own")), X, X, loop, compile=False)
    drawn = np.random.default_rng(0).normal(size=2)
    np.testing.assert_allclose(losses, [0.0, *-np.cumsum(1.0 + drawn)], rtol=1e-5)


def test_what_a_step_lets_go_of_is_looked_at_all_the_same():
    class Dropping:
        def __init__(self):
            self.generators = [np.random.default_rng(0)]

    dropping = Dropping()
    with (
        pytest.raises(UserError, match=r"^it draws from Dropping\.generators\.0, which"),
        refusing_host_draws("it", [dropping], True),
    ):
        dropping.generators.pop().normal()


class Streamed(Split):
    streamed = True


@pytest.mark.parametrize("kind", [Split, Streamed])
def test_a_thread_that_makes_examples_may_draw_meanwhile(kind):
    data = kind({"x": X})

    def step():
        with beside_readers(data), refusing_host_draws("it", [], True):
            reader = threading.Thread(target=np.random.random)
            reader.start()
            reader.join()

    if kind is Streamed:
        step()
    else:
        with pytest.raises(UserError, match=r"draws from numpy\.random"):
            step()
