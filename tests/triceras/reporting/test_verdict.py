import math

import pytest

from triceras.testing.many_runs import write_grid, write_run

from .conftest import RATE, UNITS, loss

pytestmark = pytest.mark.once


def test_the_best_and_how_sure_it_is(grid, compared):
    best, following, others = compared(grid).verdict
    assert best.startswith("best val_loss (min): batch_size=32, learning_rate=0.001, ")
    assert "over 4 seeds, 95 % interval of the mean" in best
    assert following.startswith("the next is batch_size=64, learning_rate=0.001, ")
    assert "on 4 shared seeds: more than noise" in following
    assert others.startswith("of 3 other settings 3 are worse beyond noise, and 0 cannot")


def test_what_may_be_noise_is_said_to_be(tmp_path, compared):
    write_grid(tmp_path, {UNITS: [32, 33]}, range(4), loss)
    assert "this may be noise" in compared(tmp_path).verdict[1]


def test_of_one_seed_nothing_is_sure(tmp_path, compared):
    write_grid(tmp_path, {UNITS: [32, 64]}, [0], loss)
    best, following = compared(tmp_path).verdict
    assert "of one seed: no interval can be had" in best
    assert "of one seed: no interval can be had" in following


def test_settings_that_always_differ_by_the_same(tmp_path, compared):
    write_grid(tmp_path, {UNITS: [32, 64]}, range(3), lambda s, seed: s[UNITS] + 0.5 * seed)
    assert "they differ by 32, always the same, on 3 shared seeds" in compared(tmp_path).verdict[1]


def write_two(tmp_path, sign, against):
    """The first is best over its own seeds, of which it shares three with the other."""
    for seed, value in enumerate((5.0, 5.0, 5.0, 0.0, 0.0, 0.0)):
        write_run(tmp_path, {UNITS: 32}, seed, sign * value)
    for seed, value in enumerate(against):
        write_run(tmp_path, {UNITS: 64}, seed, sign * value)


@pytest.mark.parametrize(("mode", "sign"), [("min", 1), ("max", -1)])
@pytest.mark.parametrize(
    ("against", "told"),
    [
        (
            (4.7, 4.9, 4.95),
            "on the 3 shared seeds is 0.15 better: this may be noise (95 % interval of the "
            "difference -0.18 to 0.48)",
        ),
        (
            (4.88, 4.9, 4.92),
            "on the 3 shared seeds is 0.100 better: more than noise (95 % interval 0.050 to 0.150)",
        ),
        ((4.0, 4.0, 4.0), "on the 3 shared seeds is 1.0 better, always the same"),
        ((4.0,), "on the shared seed is 1.0 better, of one seed: no interval can be had"),
    ],
    ids=["noise", "more", "same", "one"],
)
def test_a_next_that_is_better_on_shared_seeds_is_said_to_be(
    tmp_path, compared, mode, sign, against, told
):
    write_two(tmp_path, sign, against)
    best, following = compared(tmp_path, monitor="val_loss", mode=mode).verdict[:2]
    assert best.startswith(f"best val_loss ({mode}): batch_size=32, ")
    assert following.startswith(f"the next is batch_size=64, which {told}")


def test_the_interval_of_a_next_that_is_worse_holds_what_is_said(tmp_path, compared):
    write_grid(tmp_path, {UNITS: [32, 33]}, range(4), loss)
    for mode in ("min", "max"):
        said = compared(tmp_path, monitor="val_loss", mode=mode).verdict[1]
        away = float(said.partition(", ")[2].partition(" away")[0])
        low, high = map(float, said.partition("of the difference ")[2].strip(")").split(" to "))
        assert low < away < high
        assert away == pytest.approx((low + high) / 2, abs=0.01)


@pytest.mark.parametrize(
    "run", [{"value": math.nan}, {"status": "failed", "diverged": True}], ids=["ended", "failed"]
)
def test_a_setting_that_diverged_is_not_the_best_and_is_named(tmp_path, compared, run):
    write_grid(tmp_path, {RATE: [1.0, 2.0]}, range(2), lambda s, seed: s[RATE] + seed)
    write_run(tmp_path, {RATE: 1.0}, 2, **run)
    verdict = compared(tmp_path).verdict
    assert verdict[0].startswith("best val_loss (min): learning_rate=2, ")
    assert "learning_rate=1 has a better mean" in verdict[2]
    assert "1 of its runs diverged" in verdict[2]


def test_nothing_finished_is_nothing_to_compare(tmp_path, compared):
    write_run(tmp_path, {}, 0, status="failed")
    assert compared(tmp_path).verdict == [
        "no run has finished with a number for val_loss: there is nothing to compare"
    ]


def test_settings_that_are_as_good_are_no_next(tmp_path, compared):
    write_grid(tmp_path, {UNITS: [32, 64, 96]}, range(3), lambda s, seed: seed + (s[UNITS] == 96))
    best, following, _ = compared(tmp_path).verdict
    assert best.startswith("best val_loss (min): batch_size=")
    assert ", and as good: batch_size=" in best
    assert "96" not in best
    assert following.startswith("the next is batch_size=96; they differ by 1")


def test_where_all_settings_reach_the_same_none_is_the_best(tmp_path, compared):
    write_grid(tmp_path, {UNITS: [32, 64]}, range(3), lambda s, seed: float(seed))
    (said,) = compared(tmp_path).verdict
    assert said.startswith("all 2 settings have the same val_loss, and none is the best: 1.0")


def test_what_is_worse_by_the_same_on_every_seed_is_told_apart(tmp_path, compared):
    for seed, value in enumerate((0.1, 0.7, 0.9)):
        write_run(tmp_path, {UNITS: 32}, seed, value)
        write_run(tmp_path, {UNITS: 64}, seed, value + 0.02)
        write_run(tmp_path, {UNITS: 128}, seed, value + 0.05 * seed)
    *_, others = compared(tmp_path).verdict
    assert others.startswith(
        "of 2 other settings 0 are worse beyond noise, 1 worse by the same on every seed, and 1 can"
    )


def test_of_several_comparisons_one_may_be_noise_that_would_not_be_by_itself(tmp_path, compared):
    values = {32: (1.0, 2.0, 3.0), 64: (1.10, 2.17, 3.2), 96: (1.4, 1.9, 3.4), 128: (1.1, 2.9, 3.0)}
    for units, each in values.items():
        for seed, value in enumerate(each):
            write_run(tmp_path, {UNITS: units}, seed, value)
    said = compared(tmp_path).verdict
    assert "by itself more than noise (95 % interval 0.0" in said[1]
    assert "as one of several comparisons it may be noise" in said[1]
    assert "0 are worse beyond noise, and 3 cannot be told from the best" in said[2]
