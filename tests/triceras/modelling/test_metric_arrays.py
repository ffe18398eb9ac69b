import types

import keras
import numpy as np
import pytest

from triceras.engines.metric_results import names_of
from triceras.modelling import metric_variables
from triceras.modelling.metric_arrays import one_by_one
from triceras.testing.loops import LOOPS, run_loop, split_of

X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
Y = np.eye(3, dtype="float32")[np.arange(8) % 3]


@pytest.mark.once
def test_an_array_of_one_axis_is_numbers_by_their_places():
    table = np.ones((2, 2))
    results = {
        "f": np.array([1.0, 2.0]),
        "one": np.ones(1),
        "more": {"g": np.arange(2)},
        "t": table,
    }
    found = one_by_one(results)
    assert found.pop("t") is table
    assert found == {"f_0": 1.0, "f_1": 2.0, "one": 1.0, "more": {"g_0": 0, "g_1": 1}}


@pytest.mark.once
def test_they_are_told_from_other_metrics_by_these_names():
    metric = types.SimpleNamespace(name="f", result=lambda: np.zeros(2))
    assert names_of(metric) == ["f_0", "f_1"]  # pyright: ignore[reportArgumentType]


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", LOOPS)
def test_a_number_for_each_class_is_what_keras_computes(loop):
    metric_variables.install()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[keras.metrics.F1Score()])
    trained = run_loop(model, X, Y, loop, batch_size=4, validation=split_of(X, Y))
    expected = keras.metrics.F1Score()
    expected.update_state(Y, model(X))
    history = trained.history.history
    found = [history[f"val_f1_score_{place}"][-1] for place in range(3)]
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected.result()), rtol=1e-6)
    assert {"f1_score_0", "f1_score_1", "f1_score_2"} <= {*history}
