import pytest

from triceras.errors import UserError
from triceras.reporting.keys import asked_for, codes, telling
from triceras.reporting.run_files import Run

pytestmark = pytest.mark.once


def runs(*settings, words=None, **record):
    """Runs of some settings."""
    words = words or [{}] * len(settings)
    return [
        Run(str(i), None, "finished", settings=one, words=typed, record=record)
        for i, (one, typed) in enumerate(zip(settings, words, strict=True))
    ]


def test_the_seed_and_what_changes_nothing_are_left_out():
    some = runs(
        {"seed": 0, "data.split_seed": 0, "notes": "a", "output_dir": "x", "lr": 1.0, "grace": 1},
        {"seed": 1, "data.split_seed": 1, "notes": "b", "output_dir": "y", "lr": 2.0, "grace": 2},
    )
    assert telling(some) == {"lr": [1.0, 2.0]}


def test_one_is_one_point_nought_and_true_is_not():
    assert codes([1, 1.0, True]) == (0, 0, 1)
    assert telling(runs({"lr": 1}, {"lr": 1.0})) == {}


def test_a_setting_that_follows_from_another_is_not_told_again():
    some = runs(
        {"a.name": "x", "a.size": 1, "b": 0},
        {"a.name": "y", "a.size": 2, "b": 0},
        {"a.name": "y", "a.size": 2, "b": 1},
    )
    assert telling(some) == {"a.name": ["x", "y", "y"], "b": [0, 0, 1]}


def test_settings_that_were_typed_together_both_stand_there():
    settings = [{"lr": 1, "width": 10}, {"lr": 2, "width": 20}]
    words = [{"lr": "1", "width": "10"}, {"lr": "2", "width": "20"}]
    assert set(telling(runs(*settings, words=words))) == {"lr", "width"}


def test_a_choice_that_was_typed_stands_for_all_that_it_brings():
    some = runs(
        {"model.network._target_": "a.B", "model.network.units": 3},
        {"model.network._target_": "a.C"},
        {"model.network._target_": "a.C"},
        words=[{"model": "b"}, {"model": "c"}, {}],
    )
    # The last was resumed: what was typed then is not what was chosen.
    assert telling(some) == {"model": ["b", "c", "c"]}


def test_a_run_is_given_no_choice_that_it_has_not():
    some = runs(
        {"callback.checkpoints.keep": 2},
        {"callback.checkpoints.keep": 2, "callback.slow._target_": "a.Slow"},
        {"callback.checkpoints.keep": 2, "callback.fails._target_": "a.Fails"},
        words=[{}, {"callback": "slow"}, {"callback": "fails"}],
    )
    absent = "(absent)"
    assert telling(some) == {
        "callback.slow._target_": [absent, "a.Slow", absent],
        "callback.fails._target_": [absent, absent, "a.Fails"],
    }


def test_a_choice_that_is_the_usual_one_has_its_name_where_it_was_not_typed():
    some = runs({"o.lr": 1}, {"o.lr": 1}, {"o.lr": 2}, words=[{}, {"o": "adam"}, {"o": "sgd"}])
    assert telling(some) == {"o": ["adam", "adam", "sgd"]}


def test_a_path_of_the_same_data_is_no_setting():
    settings = [{"data.path": "a", "lr": 1}, {"data.path": "b", "lr": 1}]
    assert telling(runs(*settings, data_sha256="same")) == {}
    assert telling(runs(*settings)) == {"data.path": ["a", "b"]}


def test_the_machine_s_own_variables_are_no_settings_unless_they_were_typed():
    key = "backend.environment.CACHE"
    settings = [{key: "a"}, {key: "b"}]
    assert telling(runs(*settings)) == {}
    assert telling(runs(*settings, words=[{key: "a"}, {key: "b"}])) == {key: ["a", "b"]}


def test_what_is_asked_for_may_be_a_group_a_fact_or_a_version():
    some = runs({"backend.name": "jax"}, words=[{"optimizer": "adam"}], versions={"keras": "3"})
    found = asked_for(["backend", "optimizer", "versions.keras"], some)
    assert found == {"backend": ["jax"], "optimizer": ["adam"], "versions.keras": ["3"]}


def test_a_setting_that_no_run_has_is_named_with_the_nearest():
    with pytest.raises(UserError, match=r"by=optimizer\.learn_rate is no.*did you mean optimizer"):
        asked_for(["optimizer.learn_rate"], runs({"optimizer.learning_rate": 1}))


def test_who_took_the_default_stands_with_those_who_typed_it():
    some = runs(
        {"model.units": 3},
        {"model.units": 4},
        {"model.units": 3},
        {"model.units": 5},
        words=[{"model": "small"}, {"model": "large"}, {}, {}],
    )
    assert asked_for(["model"], some) == {"model": ["small", "large", "small", "(absent)"]}


def test_a_setting_that_was_the_seed_in_one_sweep_parts_no_seeds():
    words = [{"data.split_seed": "${seed}"}] * 2 + [{}] * 2
    seeds = [{"seed": seed, "data.split_seed": seed} for seed in (0, 1)]
    fixed = [{"seed": seed, "data.split_seed": 0} for seed in (0, 1)]
    assert telling(runs(*seeds, *fixed, words=words)) == {
        "data.split_seed": ["${seed}", "${seed}", 0, 0]
    }


def test_who_follows_the_seed_without_saying_so_is_no_other_setting():
    settings = [{"m": m, "seed": seed, "data.split_seed": seed} for m in (1, 2) for seed in (0, 1)]
    words = [{"data.split_seed": "${seed}"}] * 2 + [{}] * 2
    assert telling(runs(*settings, words=words)) == {"m": [1, 1, 2, 2]}


def test_a_choice_that_was_typed_with_a_setting_stands_beside_it():
    some = runs(
        {"model.network._target_": "a.B", "model.network.units": 3, "batch_size": 64},
        {"model.network._target_": "a.C", "batch_size": 32},
        words=[{"model": "b", "batch_size": "64"}, {"model": "c", "batch_size": "32"}],
    )
    assert telling(some) == {"batch_size": [64, 32], "model": ["b", "c"]}


def test_a_flag_or_a_number_that_happens_to_be_the_seed_is_a_setting():
    flags = runs({"seed": 0, "norm": False}, {"seed": 1, "norm": True})
    assert telling(flags) == {"norm": [False, True]}
    depths = [{"seed": 1, "depth": 1}, {"seed": 2, "depth": 2}]
    assert telling(runs(*depths)) == {}
    typed = [{"depth": "1"}, {"depth": "2"}]
    assert telling(runs(*depths, words=typed)) == {"depth": [1, 2]}
    as_seed = [{"depth": "${seed}"}, {"depth": "${seed}"}]
    assert telling(runs(*depths, words=as_seed)) == {}
