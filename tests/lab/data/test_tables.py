import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from lab.data import tables

pytestmark = pytest.mark.once

SPLITS = {"validation_size": 100, "test_size": 150, "split_seed": 0, "limit": None}
LOADERS = {
    "breast_cancer": (load_breast_cancer, {}),
    "diabetes": (load_diabetes, {"scaled": False}),
}


@pytest.mark.parametrize("name", LOADERS)
def test_the_rows_that_are_trained_on_set_the_scale(name):
    data = getattr(tables, name)(**SPLITS)
    train = data.train["features"].astype("float64")
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(train.std(axis=0), 1, rtol=1e-6)
    assert np.abs(data.test["features"].mean(axis=0)).max() > 0.05


@pytest.mark.parametrize("name", LOADERS)
def test_all_rows_are_there_on_that_one_scale(name):
    data = getattr(tables, name)(**SPLITS)
    load, options = LOADERS[name]
    stored = load(**options)
    splits = (data.train, data.validation, data.test)
    found = np.concatenate([split["features"] for split in splits])
    labels = np.concatenate([split["label"] for split in splits]).reshape(-1)
    np.testing.assert_array_equal(np.sort(labels), np.sort(stored.target).astype(labels.dtype))
    # Correlations with the label do not depend on scales, and do on which row is whose.
    for column in range(found.shape[1]):
        correlations = [
            np.corrcoef(features[:, column], targets)[0, 1]
            for features, targets in ((found, labels), (stored.data, stored.target))
        ]
        assert correlations[0] == pytest.approx(correlations[1], abs=1e-5)


def test_a_regression_declares_the_scale_of_its_targets():
    data = tables.diabetes(**SPLITS)
    assert data.classes is None
    assert data.declares["target_mean"] == pytest.approx(data.train["label"].mean(), rel=1e-5)
    assert data.declares["target_deviation"] == pytest.approx(data.train["label"].std(), rel=1e-5)


@pytest.mark.parametrize("name", LOADERS)
def test_what_a_run_keeps_is_its_scale_for_other_rows(name):
    load = getattr(tables, name)
    data = load(**SPLITS)
    few = {**SPLITS, "limit": 20}
    again = load(**few, kept=data.kept)
    np.testing.assert_array_equal(again.test["features"], data.test["features"])
    assert again.declares == data.declares
    assert np.abs(load(**few).test["features"] - data.test["features"]).max() > 0.1
    assert name == "breast_cancer" or load(**few).declares != data.declares


def test_a_table_without_validation():
    assert tables.breast_cancer(**{**SPLITS, "validation_size": 0}).validation is None
