import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import Trial

from triceras.errors import UserError
from triceras.search.storage import url_of
from triceras.search.study import SharedStudy

pytestmark = pytest.mark.once
CONFIG = {"data": {"path": "a.npz"}, "batch_size": 128, "notes": None}


@pytest.fixture
def shared(tmp_path):
    """The same study, as of another command."""

    def shared(searched=("rate",), **changes):
        folder = tmp_path / "sweep"
        folder.mkdir(exist_ok=True)
        url = url_of(str(tmp_path / "study.db"), folder)
        return SharedStudy(url, "one", "minimize", folder, CONFIG | changes, searched)

    return shared


@pytest.mark.slow
def test_commands_of_the_same_trials_share_them(shared):
    first = shared()
    first.ask(3, 2, {"rate": FloatDistribution(0, 1)}, lambda number: first.study.sampler)
    again = shared(notes="a second command")
    assert len(again.trials) == 2
    assert again.left(3) == 1


@pytest.mark.slow
def test_a_trial_that_a_signal_meets_at_its_beginning_is_given_up(shared, monkeypatch):
    study = shared()

    def interrupted(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Trial, "set_user_attr", interrupted)
        with pytest.raises(KeyboardInterrupt):
            study.ask(3, 2, {"rate": FloatDistribution(0, 1)}, lambda number: study.study.sampler)
    assert [trial.state.name for trial in study.trials] == ["FAIL"]
    assert shared().left(3) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"batch_size": 64}, "batch_size: 128 -> 64"),
        ({"data": {"path": "b.npz"}}, "data.path: a.npz -> b.npz"),
        ({"searched": ["units", "rate"]}, "searched: rate -> rate, units"),
    ],
)
def test_trials_of_other_settings_data_or_parameters_are_refused(shared, changes, said):
    shared()
    with pytest.raises(UserError, match=f"the trials of study one in .* were others: {said}"):
        shared(**changes)


@pytest.mark.slow
def test_a_study_of_before_may_search_what_it_did(shared):
    shared().study.set_user_attr("searched", None)
    shared(["rate", "units"])
