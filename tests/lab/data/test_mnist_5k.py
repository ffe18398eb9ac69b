import sys

import numpy as np
import pytest

from lab.data.mnist_5k import load

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def data():
    return load(
        validation_size=500,
        test_size=500,
        split_seed=0,
        flatten=False,
        scale=True,
        binarize="none",
        limit=None,
    )


@pytest.mark.slow
def test_500_of_each_class(data):
    splits = data.train, data.validation, data.test
    assert [split["image"].shape for split in splits] == [(n, 28, 28, 1) for n in (4000, 500, 500)]
    labels = np.concatenate([split["label"] for split in splits])
    assert np.bincount(labels).tolist() == [500] * 10


@pytest.mark.slow
def test_they_are_digits(data):
    """Ink in the middle, none at the border, and each class nearest to its own mean."""
    assert data.train["image"].max() == 1
    assert data.train["image"].min() == 0
    assert data.train["image"][:, 10:18, 10:18].mean() > 0.3
    assert data.train["image"][:, 0].mean() < 0.001
    means = np.stack(
        [data.train["image"][data.train["label"] == digit].mean(axis=0) for digit in range(10)]
    )
    distances = ((data.test["image"][:, None] - means) ** 2).sum(axis=(2, 3, 4))
    assert (distances.argmin(axis=1) == data.test["label"]).mean() > 0.75


@pytest.mark.slow
def test_no_image_is_in_two_splits(data):
    images = np.concatenate(
        [data.train["image"], data.validation["image"], data.test["image"]]
    ).reshape(5000, -1)
    assert len(np.unique(images, axis=0)) == 5000


def test_description(data):
    assert (data.name, data.classes, data.image_shape) == ("mnist_5k", 10, (28, 28, 1))
    assert data.sha256 == "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"
    assert not data.augment


def test_bad_options_are_refused_before_anything_is_read(options, refuses, monkeypatch):
    monkeypatch.setattr("numpy.loadtxt", lambda *_, **__: sys.exit("read"))
    with refuses(what="is unknown", where="data.limit=0", do="at least 1"):
        load(validation_size=1, test_size=1, **options(limit=0))
