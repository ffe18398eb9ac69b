import pytest

from triceras.search.sampling import make_sampler

pytestmark = pytest.mark.once
RANDOM = {"_target_": "optuna.samplers.RandomSampler", "seed": 3}


def drawn(sampler):
    return sampler._rng.rng.rand()


def test_each_trial_has_a_seed_of_its_own():
    first, again, second = (drawn(make_sampler(RANDOM, number)) for number in (0, 0, 1))
    assert first == again != second
    assert first != drawn(make_sampler(RANDOM | {"seed": 4}, 0))


def test_what_goes_through_a_sequence_keeps_its_seed():
    config = {"_target_": "optuna.samplers.GridSampler", "search_space": {"a": [1, 2]}, "seed": 3}
    orders = [make_sampler(config, number)._all_grids for number in (0, 1)]
    assert orders[0] == orders[1]
