"""Two tables that come with scikit-learn: a classification and a regression. No download."""

import dataclasses
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes

from triceras.data import Dataset, Split, split_table


def breast_cancer(**splits: Any) -> Dataset:
    """Loads 569 tumours, of which 30 numbers are known: 0 is malignant, 1 is benign.

    Args:
        **splits: how `triceras.data.split_table` divides them.

    Returns:
        A `Dataset`, its features normalised.

    Reference:
        [Wolberg et al., 1993](https://doi.org/10.24432/C5DW2B).
    """
    bunch: Any = load_breast_cancer()
    labels = bunch.target.astype("int32")
    return normalized(split_table("breast_cancer", bunch.data, labels, classes=2, **splits))


def diabetes(**splits: Any) -> Dataset:
    """Loads 442 patients, of whom 10 numbers are known, and how their diabetes went on.

    Args:
        **splits: how `triceras.data.split_table` divides them.

    Returns:
        A `Dataset`, its features normalised, which declares `target_mean` and `target_deviation`.

    Reference:
        [Efron et al., 2004](https://arxiv.org/abs/math/0406456).
    """
    bunch: Any = load_diabetes(scaled=False)
    targets = bunch.target.astype("float32")[:, np.newaxis]
    data = normalized(split_table("diabetes", bunch.data, targets, **splits))
    known = data.train["label"].astype("float64")
    declares = {"target_mean": float(known.mean()), "target_deviation": float(known.std())}
    return dataclasses.replace(data, declares=declares)


def normalized(data: Dataset) -> Dataset:
    """A table whose features have mean 0 and variance 1 over the rows that are trained on."""
    known = data.train["features"].astype("float64")
    mean, deviation = known.mean(axis=0), known.std(axis=0)

    def of(split: Split) -> Split:
        scaled = (split["features"] - mean) / deviation
        return Split({**split.parts, "features": scaled}, split.numbers)

    validation = data.validation and of(data.validation)
    return dataclasses.replace(
        data, train=of(data.train), validation=validation, test=of(data.test)
    )
