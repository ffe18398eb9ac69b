import pytest
from omegaconf import OmegaConf

from triceras.modelling.schedule_length import schedule_steps
from triceras.runs import record

COSINE = {
    "_target_": "keras.optimizers.Adam",
    "learning_rate": {
        "_target_": "keras.optimizers.schedules.CosineDecay",
        "initial_learning_rate": 2e-3,
        "decay_steps": None,
    },
}


@pytest.fixture
def steps(tmp_path, caplog):
    """A function that begins the run anew or goes on; returns the steps, and what it says."""
    record.update(tmp_path, {"planned_steps": 20})

    def steps(total, step, schedule, optimizer=COSINE):
        caplog.clear()
        config = OmegaConf.create({"schedule": schedule, "optimizer": optimizer})
        return schedule_steps(config, tmp_path, total, step), caplog.text

    return steps


@pytest.mark.slow_on("tensorflow")
def test_a_schedule_of_a_longer_run_is_stretched_or_kept_and_says_so(steps):
    assert steps(20, 0, "stretch") == (20, "")
    length, said = steps(40, 20, "keep")
    assert length == 20
    assert "fell over 20 steps, and the run now has 40: it is kept, at 0 now" in said
    assert "schedule=stretch lets it fall over 40 (0.001 now)" in said
    length, said = steps(40, 20, "stretch")
    assert length == 40
    assert "it is 0.001 now; schedule=keep keeps the old length (0 now)" in said
    # From then on that is the old one.
    assert steps(40, 30, "keep") == (40, "")


def test_a_run_of_before_knows_the_length_that_it_was_planned_with(steps):
    assert steps(40, 20, "keep")[0] == 20


def test_nothing_is_said_where_no_rate_depends_on_the_length(steps):
    fixed = {**COSINE, "learning_rate": {**COSINE["learning_rate"], "decay_steps": 7}}
    for optimizer in ({**COSINE, "learning_rate": 1e-3}, fixed):
        assert steps(40, 20, "stretch", optimizer)[1] == ""
    assert "optimizer.one.learning_rate" in steps(30, 20, "stretch", {"one": COSINE})[1]
