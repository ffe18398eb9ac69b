import random

import pytest

from triceras.config import files
from triceras.testing import configuration_runs, configurations
from triceras.testing.configuration_runs import FINISHED, REFUSED, WRONG, outcome, tidy_up
from triceras.testing.configurations import CHOSEN, changed, commands, leaves_of, write_data
from triceras.words import keys_of


@pytest.mark.once
@pytest.mark.slow
def test_every_choice_of_every_group_comes(monkeypatch):
    monkeypatch.setattr(configurations, "leaves_of", lambda words: {})
    made = list(commands(0, range(300), ["jax", "torch"], "made"))
    assert made == list(commands(0, range(300), ["jax", "torch"], "made"))
    words = {word for command in made for word in command}
    for group in ("experiment", "data", *CHOSEN):
        assert {f"{group}={name}" for name in files(group)} <= words
    assert sum("backend=jax" in command for command in made) == 150
    # The last word on the length of a run is not left to chance.
    assert {command[-1] for command in made} == {"max_steps=2"}
    assert len(list(commands(0, range(3), ["jax", "torch"], "made", same=True))) == 6


@pytest.mark.once
def test_every_key_comes_with_values_of_its_kind_and_of_others():
    leaves = leaves_of(["experiment=classifier"])
    assert {"seed", "model.network.units", "optimizer.learning_rate", "monitor"} <= set(leaves)
    assert "output_dir" not in leaves
    generator = random.Random(0)
    words = [changed(generator, leaves) for _ in range(4000)]
    assert set(leaves) <= keys_of(words)
    assert {word[0] for word in words} >= {"~", "+"}


@pytest.mark.once
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TimeoutError(), WRONG),
        (ValueError("anything"), WRONG),
        (configuration_runs.UserError("a is wrong: do b"), REFUSED),
    ],
)
def test_an_error_that_no_one_explains_is_wrong(tmp_path, monkeypatch, error, status):
    def run(words):
        raise error

    monkeypatch.setattr(configuration_runs, "run", run)
    assert outcome(["seed=1"], tmp_path)["status"] == status


@pytest.mark.once
def test_what_a_run_did_otherwise_than_it_was_told_is_wrong(tmp_path, monkeypatch):
    monkeypatch.setattr(configuration_runs, "run", lambda words: (["seed is not"], [1.0]))
    result = outcome(["seed=1"], tmp_path)
    assert (result["status"], result["message"]) == (WRONG, "seed is not")


@pytest.mark.in_turn
@pytest.mark.slow
def test_commands_end_well_or_in_one_line(tmp_path, backend):
    """The short form of `scripts/configuration_test.py`."""
    write_data(tmp_path)
    made = commands(2, range(20), [backend], str(tmp_path))
    results = []
    # Which of them end well changes with every file that there is to choose.
    while len(results) < 4 or FINISHED not in [result["status"] for result in results]:
        results.append(outcome(next(made), tmp_path))
        tidy_up()
    assert [result for result in results if result["status"] == WRONG] == []
