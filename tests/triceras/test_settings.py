import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras import settings
from triceras.config import compose
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed=abc", "seed=abc is no whole number of at least 0"),
        ("seed=-1", "seed=-1 is no"),
        ("seed=1.5", "seed=1.5 is no"),
        ("seed=true", "seed=True is no"),
        ("seed=2147483648", "seed=2147483648 is too large: use at most 2147483647"),
        ("batch_size=0", "batch_size=0 is no whole number of at least 1"),
        ("batch_size=null", "batch_size=None is no"),
        (
            "epochs=0",
            "epochs=0 is no whole number of at least 1: give one, for example epochs=1, or "
            "epochs=null",
        ),
        ("max_steps=0", "max_steps=0 is no"),
        ("seeds_in_parallel=true", "seeds_in_parallel=True is no whole number of at least 1"),
        ("shuffle_buffer=0", "shuffle_buffer=0 is no"),
        ("random=lucky", "random=lucky is unknown: use one of portable, native"),
        (
            "precision=mixed_float16",
            "precision=mixed_float16 is refused, which loses small gradients unless each optimizer "
            "scales the loss: use mixed_bfloat16",
        ),
        ("compile=maybe", "compile=maybe is unknown: use one of true, false"),
        ("grace=soon", "grace=soon is not a number of seconds"),
        ("signals=[SIGNOPE]", "signals=['SIGNOPE'] are unknown"),
        ("monitor_mode=up", "monitor_mode=up is unknown: use one of min, max"),
        ("epochs=null", "nothing says when to stop: set epochs"),
        ("seed='???'", "no value for seed: set it on the command line"),
    ],
)
def test_bad_setting_gets_one_line(override, message):
    config = compose(["experiment=autoencoder", override])
    with pytest.raises(UserError) as caught:
        settings.check(config)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("override", ["max_steps=abc", "seed=-1", "precision=half"])
def test_a_job_that_is_only_composed_is_held_to_what_is_written(override):
    config = compose(["experiment=autoencoder"])
    config.merge_with({"seed": "${nothing:}", "batch_size": "???"})
    settings.check_written(config)
    config.merge_with_dotlist([override])
    with pytest.raises(UserError, match=override.partition("=")[0]):
        settings.check_written(config)


def test_seed_zero_is_a_seed():
    settings.check(compose(["seed=0"]))


def test_batch_larger_than_the_data():
    split = Split({"x": np.zeros((5, 4), "float32")})
    data = Dataset("x", split, None, split)
    settings.check_data(OmegaConf.create({"batch_size": 5}), data)
    with pytest.raises(UserError, match="batch_size=6 is larger than the training data"):
        settings.check_data(OmegaConf.create({"batch_size": 6}), data)


def test_labels_that_are_none_of_the_classes():
    split = Split({"x": np.zeros((5, 4), "float32"), "label": np.arange(5)})
    with pytest.raises(UserError, match=r"the data mine: label is int32 .* data\.classes=3 wants"):
        settings.check_data(
            OmegaConf.create({"batch_size": 5}), Dataset("mine", split, None, split, classes=3)
        )
