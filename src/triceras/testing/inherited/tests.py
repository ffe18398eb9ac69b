"""The inherited tests themselves, to be imported by a file of the project's tests.

Fast are those of what was only built. A run of 100 steps is shared by all that looks at training.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest

from triceras.project import lab
from triceras.random.install import install, uninstall
from triceras.testing.inherited import data as data_tests
from triceras.testing.inherited import evidence
from triceras.testing.inherited.configuration import tolerance
from triceras.testing.inherited.deviations import Deviations
from triceras.testing.inherited.examples import example, found
from triceras.testing.inherited.layers import LayerTests
from triceras.testing.inherited.models import BuiltModel
from triceras.testing.inherited.objectives import ObjectiveTests
from triceras.testing.inherited.subjects import Subject, subjects, trained
from triceras.testing.inherited.telling import made, telling_once
from triceras.testing.inherited.training import Training

__all__ = [
    "TestData",
    "TestLayer",
    "TestModel",
    "TestObjective",
    "TestTraining",
    "as_keras_was",
    "built",
    "layer",
    "objective",
    "pytest_generate_tests",
    "training",
]

FOUND: dict[str, Callable[[], list[Subject]]] = {
    "built": functools.partial(subjects, "model"),
    "training": trained,
    "data_set": functools.partial(subjects, "data"),
    "layer": lambda: found("layer", lab()),
    "objective": lambda: found("objective", lab()),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes a test of each thing that is found, with an id such as `model[vae]`."""
    for name, find in FOUND.items():
        if name in metafunc.fixturenames:
            indirect = name != "data_set"
            metafunc.parametrize(name, find(), ids=str, indirect=indirect, scope="module")


@pytest.fixture(scope="module", autouse=True)
def as_keras_was() -> Iterator[None]:
    """Gives the tests portable random numbers, and those after them what Keras has."""
    install()
    yield
    uninstall()
    keras.config.set_dtype_policy("float32")


def unless_left_out(deviations: Deviations, *tests: str) -> None:
    """Skips a test that a YAML file leaves out, and says why it does."""
    for test in tests:
        if reason := deviations.left_out(test):
            pytest.skip(reason)


def leave(subject: Subject, backend: str, arrays: Any, allowed: float, curves: bool) -> None:
    """Leaves evidence for the comparison of backends."""
    folder = evidence.folder()
    if folder is None:
        pytest.skip("backends are compared by scripts/test.py, when each has been tested")
    arrays = {name: np.asarray(a, "float32") for name, a in arrays.items()}
    found = evidence.Evidence(str(subject), subject.file, allowed, arrays, curves)
    found.save(backend, folder)


@pytest.fixture(scope="module")
def built(request, backend) -> BuiltModel:
    """A model that was built and compiled."""
    return made(lambda: BuiltModel(request.param, backend), request.param)


@telling_once
class TestModel:
    """Of every model."""

    def test_build(self, built):
        unless_left_out(built.deviations, "build")
        built.check_build()

    def test_gradients_are_not_zero(self, built):
        unless_left_out(built.deviations, "gradients")
        built.check_gradients()

    @pytest.mark.in_turn
    @pytest.mark.slow_on("jax", "tensorflow")
    def test_serialization(self, built, tmp_path):
        unless_left_out(built.deviations, "serialization")
        built.check_serialization(tmp_path)


@pytest.fixture(scope="module")
def training(request, backend, tmp_path_factory) -> Training:
    """Runs of an experiment, or of a model that no experiment trains."""
    folder = tmp_path_factory.mktemp("training")
    return made(lambda: Training(request.param, backend, folder), request.param)


@pytest.mark.slow
@telling_once
class TestTraining:
    """Of every experiment, and of every model that none of them trains."""

    def test_learning(self, training):
        unless_left_out(training.deviations, "learning")
        training.check_learning()

    @pytest.mark.in_turn
    def test_resume(self, training):
        unless_left_out(training.deviations, "resume")
        training.check_resume()

    @pytest.mark.in_turn
    def test_loops(self, training):
        unless_left_out(training.deviations, "loops")
        training.check_loops()

    @pytest.mark.in_turn
    def test_mixed_precision(self, training):
        unless_left_out(training.deviations, "mixed_precision")
        training.check_mixed_precision()

    @pytest.mark.on_each
    def test_parity(self, training, backend):
        unless_left_out(training.deviations, "parity")
        allowed = tolerance(training.config, training.deviations, "loss")
        leave(training.subject, backend, training.curves, allowed, curves=True)


@pytest.mark.once
@telling_once
class TestData:
    """Of every data set."""

    def test_load(self, data_set):
        data_tests.check(data_set)


@pytest.fixture(scope="module")
def layer(request) -> LayerTests:
    """A layer, with an example of its inputs."""
    return made(lambda: LayerTests(example(request.param, lab())), request.param)


@telling_once
class TestLayer:
    """Of every layer."""

    def test_build(self, layer):
        unless_left_out(layer.example.deviations, "build")
        layer.check_build()

    @pytest.mark.in_turn
    def test_serialization(self, layer, tmp_path):
        unless_left_out(layer.example.deviations, "serialization")
        layer.check_serialization(tmp_path)

    def test_gradients_are_not_zero(self, layer):
        unless_left_out(layer.example.deviations, "gradients")
        layer.check_gradients()

    def test_mixed_precision(self, layer):
        unless_left_out(layer.example.deviations, "mixed_precision")
        layer.check_mixed_precision()

    @pytest.mark.in_turn
    @pytest.mark.slow
    def test_learning(self, layer):
        unless_left_out(layer.example.deviations, "learning")
        layer.check_learning()

    @pytest.mark.on_each
    def test_parity(self, layer, backend):
        said = layer.example.deviations
        unless_left_out(said, "parity")
        allowed = said.get("tolerance", 1e-5)
        leave(layer.example.subject, backend, layer.evidence(), allowed, curves=False)


@pytest.fixture(scope="module")
def objective(request) -> ObjectiveTests:
    """A loss, with an example of what it compares."""
    return made(lambda: ObjectiveTests(example(request.param, lab())), request.param)


@telling_once
class TestObjective:
    """Of every loss."""

    def test_build(self, objective):
        unless_left_out(objective.example.deviations, "build")
        objective.check_build()

    def test_serialization(self, objective):
        unless_left_out(objective.example.deviations, "serialization")
        objective.check_serialization()

    def test_gradients_are_not_zero(self, objective):
        unless_left_out(objective.example.deviations, "gradients")
        objective.check_gradients()

    def test_mixed_precision(self, objective):
        unless_left_out(objective.example.deviations, "mixed_precision")
        objective.check_mixed_precision()

    @pytest.mark.in_turn
    @pytest.mark.slow
    def test_learning(self, objective):
        unless_left_out(objective.example.deviations, "learning")
        objective.check_learning()

    @pytest.mark.on_each
    def test_parity(self, objective, backend):
        said = objective.example.deviations
        unless_left_out(said, "parity")
        allowed = said.get("tolerance", 1e-5)
        leave(objective.example.subject, backend, objective.evidence(), allowed, curves=False)
