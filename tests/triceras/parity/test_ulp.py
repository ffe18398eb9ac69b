import keras
import numpy as np

from triceras.parity.ulp import move_by_one_ulp


def test_each_weight_goes_to_the_next_number_and_zeros_stay():
    values = np.random.default_rng(0).normal(size=(50, 20)).astype("float32")
    values[0] = 0
    variable = keras.Variable(values)
    move_by_one_ulp([variable], seed=1)
    moved = keras.ops.convert_to_numpy(variable.value)
    assert not moved[0].any()
    steps = moved[1:].view("int32") - values[1:].view("int32")
    assert set(np.unique(steps)) == {-1, 1}
    assert 0.4 < np.mean(steps == 1) < 0.6


def test_the_seed_chooses_the_directions():
    def moved(seed):
        variable = keras.Variable(np.ones(100, "float32"))
        move_by_one_ulp([variable], seed)
        return keras.ops.convert_to_numpy(variable.value)

    np.testing.assert_array_equal(moved(1), moved(1))
    assert (moved(1) != moved(2)).any()
