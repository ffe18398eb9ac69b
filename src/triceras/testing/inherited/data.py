"""What a data set is tested for."""

import numpy as np
from omegaconf import OmegaConf

from triceras.config import build, compose
from triceras.data.dataset import Dataset
from triceras.testing.inherited.configuration import bring_file
from triceras.testing.inherited.subjects import Subject

ROWS = 1000


def load(subject: Subject) -> Dataset:
    """Loads a data set as its file says.

    Raises:
        UntestableError: it is in a file that is not here.
    """
    # As it is by itself: an experiment may say more of the data that it is made for.
    config = compose([f"data={subject.name}", "run=none"], "evaluate")
    OmegaConf.set_struct(config, False)
    bring_file(config, subject)
    return build("data", config.data)


def check(subject: Subject) -> None:
    """Checks that there is something to train on, and that it is the same when loaded again."""
    first, second = load(subject), load(subject)
    assert first.sha256 == second.sha256, f"{subject}: sha256 is another each time"
    assert len(first.train), f"{subject}: there is nothing to train on"
    for name in ("train", "validation", "test"):
        split, again = getattr(first, name), getattr(second, name)
        if split is None:
            continue
        x, y = split.x[:ROWS], split.y[:ROWS]
        assert len(split.x) == len(split.y), f"{subject}: {len(split.y)} labels in {name}"
        assert x.shape[1:] == first.train.x.shape[1:], f"{subject}: {name} has another shape"
        assert x.dtype == first.train.x.dtype, f"{subject}: {name} has another type"
        for array in (x, y):
            finite = array.dtype.kind != "f" or np.all(np.isfinite(array))
            assert finite, f"{subject}: {name} is not finite"
        same = np.array_equal(x, again.x[:ROWS]) and np.array_equal(y, again.y[:ROWS])
        assert same, f"{subject}: {name} is another each time"
