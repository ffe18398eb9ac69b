"""What a finished run is given back."""

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.checkpoints.finished import build_data
from triceras.data import split_parts
from triceras.errors import UserError
from triceras.runs import data_file

pytestmark = pytest.mark.once


def load(offset=0.0, **splits):
    """A source that is not given what a run has kept."""
    return load_as_kept(offset, **splits)


def load_as_kept(offset=0.0, kept=None, **splits):
    """A source that hands on what a run has kept."""
    rng = np.random.default_rng(0)
    parts = {"x": rng.normal(size=(40, 3)).astype("float32") * (1 + offset)}
    parts["y"] = np.arange(40, dtype="int32") % 2
    return split_parts("own", parts, validation_size=5, test_size=5, kept=kept, **splits)


@pytest.fixture
def run(tmp_path):
    data_file.keep(tmp_path, load(normalize=["x"]))
    return tmp_path


def config(source, **settings):
    target = f"{__name__}.{source.__name__}"
    return OmegaConf.create({"data": {"_target_": target, "normalize": ["x"], **settings}})


def test_other_data_on_a_scale_of_their_own_are_refused(run):
    with pytest.raises(UserError, match="take kept=None and hand it on"):
        build_data(config(load, offset=1.0), run, compare=True)


def test_other_data_on_the_scale_of_the_run(run):
    doubled = build_data(config(load_as_kept, offset=1.0), run, compare=True)
    own = build_data(config(load), run, compare=True)
    kept = data_file.kept(run)["normalization"]["x"]
    mean, deviation = (np.array(kept[name]) for name in ("mean", "deviation"))
    raw = own.test["x"][:] * deviation + mean
    np.testing.assert_allclose(doubled.test["x"][:], (2 * raw - mean) / deviation, atol=1e-5)
