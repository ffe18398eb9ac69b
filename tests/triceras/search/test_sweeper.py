import pytest

from triceras.errors import UserError
from triceras.search.sweeper import OptunaSweeper, failed_alike

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


@pytest.mark.parametrize(
    ("errors", "stops"),
    [
        (["no such part"] * 3, True),
        (["no such part"] * 2, False),
        (["no such part"] * 3 + ["not finite"], False),
        (["no such part"] * 3 + [None], False),
        ([], False),
    ],
)
def test_a_search_whose_trials_all_fail_alike_stops(errors, stops):
    jobs = [{"status": "failed" if error else "finished", "error": error} for error in errors]
    assert failed_alike(jobs) == ("no such part" if stops else None)
