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
        rows, rows_again = split.take(slice(ROWS)), again.take(slice(ROWS))
        assert list(rows) == list(first.train.parts), f"{subject}: {name} has other parts"
        for part, array in rows.items():
            place = f"{subject}: {part} of {name}"
            assert array.shape[1:] == first.train.shape(part), f"{place} has another shape"
            assert array.dtype == first.train.dtype(part), f"{place} has another type"
            finite = array.dtype.kind != "f" or np.all(np.isfinite(array))
            assert finite, f"{place} is not finite"
            assert np.array_equal(array, rows_again[part]), f"{place} is another each time"
