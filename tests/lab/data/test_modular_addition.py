import numpy as np
import pytest

from lab.data.modular_addition import modular_addition
from triceras.config import build, compose

pytestmark = pytest.mark.once


def test_it_is_the_whole_table():
    parts = modular_addition(5)
    sums = {(a, b): label for (a, _, b, _), label in zip(*parts.values(), strict=True)}
    assert sums == {(a, b): (a + b) % 5 for a in range(5) for b in range(5)}
    assert [parts[name].dtype for name in ("tokens", "label")] == [np.int32, np.int32]


def test_the_signs_are_the_tokens_after_the_numbers():
    tokens = modular_addition(7)["tokens"]
    assert set(tokens[:, 1]) == {7}
    assert set(tokens[:, 3]) == {8}


def test_what_the_file_declares_is_what_there_is():
    data = build("data", compose(["data=modular_addition", "run=none"], "evaluate").data)
    splits = (data.train, data.validation, data.test)
    tokens = np.concatenate([split["tokens"] for split in splits])
    assert len(np.unique(tokens, axis=0)) == 97**2
    assert data.declares["vocabulary_size"] == tokens.max() + 1
    assert data.classes == max(split["label"].max() for split in splits) + 1
    assert len(data.train) == pytest.approx(0.3 * 97**2, abs=1)
