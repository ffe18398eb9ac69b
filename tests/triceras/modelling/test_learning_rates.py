import keras
import pytest

from triceras.engines.optimizer_parts import made_of
from triceras.errors import UserError
from triceras.modelling.learning_rates import factors_of, set_learning_rates
from triceras.testing.backbone import build_classifier, compiled

pytestmark = pytest.mark.once


def test_the_last_pattern_counts():
    found = factors_of(build_classifier(), {"backbone": 0.1, "second": 0.5}).values()
    by_path = {variable.path: factor for variable, factor in found}
    assert by_path["backbone/first/kernel"] == 0.1
    assert by_path["backbone/second/bias"] == 0.5
    assert not [path for path in by_path if path.startswith("head")]


@pytest.mark.parametrize("config", [None, {}])
def test_nothing_is_changed_where_nothing_is_said(config):
    model = compiled("adam")
    set_learning_rates(model, config)
    assert "update_step" not in vars(model.optimizer)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"hed": 0.1}, "model.learning_rates: no layer is called hed: did you mean head?"),
        ({"head": 0}, "model.learning_rates: head has 0, which is no factor above 0"),
        ({"head": True}, "head has True, which is no factor"),
        ({"head": "fast"}, "head has fast, which is no factor"),
        ([0.1], r"model.learning_rates=\[0.1\] gives no factors by layers"),
    ],
)
def test_what_is_wrong_is_said(config, message):
    with pytest.raises(UserError, match=message):
        set_learning_rates(compiled(), config)


def test_an_optimizer_made_of_several_by_a_function_is_scaled():
    model = compiled(keras.optimizers.MultiOptimizer(lambda variable: keras.optimizers.SGD(1.0)))
    set_learning_rates(model, {"backbone": 0.1})
    inner = made_of(model.optimizer)
    assert inner
    assert all("update_step" in vars(optimizer) for optimizer in inner)
