"""Two tables that come with scikit-learn: a classification and a regression. No download."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from triceras.data import Dataset, package_file, split_parts


def breast_cancer(*, kept: Mapping[str, Any] | None = None, **splits: Any) -> Dataset:
    """Loads 569 tumours, of which 30 numbers are known: 0 is malignant, 1 is benign.

    Args:
        kept: what a run has kept of its data.
        **splits: how `triceras.data.split_parts` divides them.

    Returns:
        A `Dataset`, its features normalised as the rows are that are trained on.

    Reference:
        [Wolberg et al., 1993](https://doi.org/10.24432/C5DW2B).
    """
    table = read("breast_cancer.csv", skiprows=1)
    parts = {"features": table[:, :-1], "label": table[:, -1].astype(int)}
    return split_parts("breast_cancer", parts, normalize=True, kept=kept, **splits)


def diabetes(*, kept: Mapping[str, Any] | None = None, **splits: Any) -> Dataset:
    """Loads 442 patients, of whom 10 numbers are known, and how their diabetes went on.

    Args:
        kept: what a run has kept of its data.
        **splits: how `triceras.data.split_parts` divides them.

    Returns:
        A `Dataset`, its features normalised as the rows are that are trained on. It declares
        `target_mean` and `target_deviation`, of the same rows.

    Reference:
        [Efron et al., 2004](https://arxiv.org/abs/math/0406456).
    """
    targets = read("diabetes_target.csv.gz")[:, np.newaxis]
    parts = {"features": read("diabetes_data_raw.csv.gz", delimiter=None), "label": targets}
    data = split_parts("diabetes", parts, normalize=True, kept=kept, **splits)
    known = data.train["label"].astype("float64")
    scale = {"target_mean": float(known.mean()), "target_deviation": float(known.std())}
    # A run goes on with the scale that it began with, whatever rows it is looked at with.
    scale = (kept or {}).get("scale", scale)
    return dataclasses.replace(data, declares=scale, kept={**data.kept, "scale": scale})


def read(name: str, delimiter: str | None = ",", **options: Any) -> np.ndarray:
    """The numbers of a table that comes with scikit-learn, float64, a row of it in each row."""
    file = package_file("sklearn", f"datasets/data/{name}")
    return np.loadtxt(file, delimiter=delimiter, **options)
