"""Small data and small models to draw."""

import keras
import pytest

from lab.data import digits
from lab.models.mlp import build_mlp
from lab.models.vae import VariationalAutoencoder
from lab.objectives.bernoulli import BernoulliNegativeLogLikelihood
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.figures.figure import Subject


@pytest.fixture(scope="session")
def data() -> Dataset:
    return digits.load(
        validation_size=100,
        test_size=200,
        split_seed=0,
        flatten=True,
        scale=True,
        binarize="fixed",
        limit=200,
    )


@pytest.fixture
def vae() -> VariationalAutoencoder:
    keras.utils.set_random_seed(0)
    model = VariationalAutoencoder(2, (16,), "tanh", None, name="vae")
    model.build((None, 64))
    model.compile("adam", BernoulliNegativeLogLikelihood())
    return model


@pytest.fixture
def classifier() -> keras.Model:
    keras.utils.set_random_seed(0)
    model = build_mlp((64,), hidden_units=(16,))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    return model


@pytest.fixture
def subject_of(data, tmp_path):
    """Makes a subject of a model."""
    batch = BatchPreparation("image", "label")
    return lambda model: Subject(model, data, tmp_path, seed=7, batch=batch)
