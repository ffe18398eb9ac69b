"""Small data and small models to draw."""

import keras
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.figures.figure import Subject
from triceras.testing.small import data as digits
from triceras.testing.small.autoencoder import NoisyAutoencoder
from triceras.testing.small.classifier import build_classifier


@pytest.fixture(scope="session")
def data() -> Dataset:
    return digits.load(validation_size=100, test_size=200, binarize="fixed", limit=200)


@pytest.fixture
def autoencoder() -> NoisyAutoencoder:
    keras.utils.set_random_seed(0)
    model = NoisyAutoencoder(name="autoencoder")
    model.build((None, 64))
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    return model


@pytest.fixture
def classifier() -> keras.Model:
    keras.utils.set_random_seed(0)
    model = build_classifier((64,), 10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    return model


@pytest.fixture
def subject_of(data, tmp_path):
    """Makes a subject of a model."""
    batch = BatchPreparation("image", "label")
    return lambda model: Subject(model, data, tmp_path, seed=7, batch=batch)
