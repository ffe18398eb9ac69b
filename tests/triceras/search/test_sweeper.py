import pytest

from triceras.errors import UserError
from triceras.search.sweeper import OptunaSweeper

pytestmark = pytest.mark.once
SAMPLER = {"_target_": "optuna.samplers.RandomSampler"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"n_trials": 0}, r"hydra\.sweeper\.n_trials=0 is no whole number"),
        ({"n_jobs": 0}, r"hydra\.sweeper\.n_jobs=0 is no whole number"),
        ({"direction": "up"}, "direction=up is unknown: use minimize or maximize"),
        ({"sampler": None}, r"hydra\.sweeper\.sampler is not set"),
    ],
)
def test_what_is_no_setting_is_refused(settings, told):
    with pytest.raises(UserError, match=told):
        OptunaSweeper(**{"n_trials": 1, "sampler": SAMPLER, **settings})
