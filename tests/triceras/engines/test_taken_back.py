import keras
import pytest

from triceras.engines.state import Kept, other_variables
from triceras.engines.taken_back import is_to_be_looked_at, tell_of_taken_back


@pytest.mark.once
def test_statistics_that_changed_are_told_of_and_random_counters_are_not(caplog):
    for changes in (False, True):
        noise, average = keras.layers.Dropout(0.5), keras.layers.BatchNormalization()
        model = keras.Sequential([keras.Input((3,)), noise, average])
        model.compile("sgd", "mse")
        kept = Kept(other_variables(model, []))
        noise.seed_generator.state.assign([1, 2])
        if changes:
            assert not caplog.messages
            average.moving_mean.assign([1.0, 2.0, 3.0])
        assert is_to_be_looked_at(model)
        tell_of_taken_back(model, kept)
        assert not is_to_be_looked_at(model)
        tell_of_taken_back(model, kept)
    (told,) = caplog.messages
    assert f"the model assigned {average.moving_mean.path} while" in told
    assert "train" not in told  # evaluate.py says it as well
