import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.config import build, compose
from triceras.data.dataset import Dataset, Split
from triceras.testing.inherited.little import HELD_OUT, little_of

pytestmark = pytest.mark.once

calls = []


def load(scale):
    """A data set whose function knows no limit."""
    calls.append(scale)
    x = scale * np.arange(600, dtype="float32").reshape(300, 2)
    split = Split({"image": x, "label": np.zeros(300, "int32")})
    return Dataset("own", split, None, split, classes=2, image_shape=(1, 2, 1), sha256="1")


def test_each_split_is_cut_and_the_data_loaded_once():
    calls.clear()
    config = OmegaConf.create({"_target_": f"{__name__}.load", "scale": 2.0, "tests": {"a": 1}})
    first, second = (build("data", OmegaConf.create(little_of(config, n))) for n in (5, 7))
    assert calls == [2.0]
    assert first.train["image"].tolist() == [[0, 2], [4, 6], [8, 10], [12, 14], [16, 18]]
    assert len(second.train) == len(second.train["label"]) == 7
    assert len(first.test) == HELD_OUT
    assert first.validation is None
    assert first.sha256 == "1"


def test_less_than_little_stays():
    config = compose(["data=digits", "data.limit=9"]).data
    assert len(build("data", OmegaConf.create(little_of(config, 100))).train) == 9
