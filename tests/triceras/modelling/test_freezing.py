import keras
import numpy as np
import pytest

from triceras.errors import UserError
from triceras.modelling.freezing import freeze, frozen, unfreeze
from triceras.modelling.layer_names import named_layers
from triceras.testing.backbone import arrays, build_classifier, compiled, values
from triceras.testing.loops import LOOPS, train


def trained(model):
    return [v.path for v in model.trainable_variables]


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_what_is_frozen_stays_and_normalizes_with_its_averages(loop):
    model = compiled(frozen=["backbone"])
    model.get_layer("backbone").get_layer("norm").moving_mean.assign([0.5, 0.2, 0.1, -0.3])
    before = values(model.get_layer("backbone"))
    x, y = arrays()
    losses, _ = train(model, x, y, loop, epochs=2)
    for path, value in values(model.get_layer("backbone")).items():
        np.testing.assert_array_equal(value, before[path], err_msg=path)
    # Plain gradient descent on the head, on what the backbone gives in inference.
    fresh = compiled()
    fresh.get_layer("backbone").get_layer("norm").moving_mean.assign([0.5, 0.2, 0.1, -0.3])
    features = keras.ops.convert_to_numpy(fresh.get_layer("backbone")(x, training=False))
    inputs = keras.Input((4,))
    head = keras.Model(inputs, fresh.get_layer("head")(inputs))
    head.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    expected, _ = train(head, features, y, loop, epochs=2)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


@pytest.mark.once
class TestUnfreeze:
    def test_one_layer_within_another_that_is_frozen(self):
        model = build_classifier()
        freeze(model, ["backbone"])
        assert trained(model) == ["head/kernel", "head/bias"]
        unfreeze(model, ["second"], "key")
        assert [frozen(layer) for _, layer in named_layers(model)] == [
            *(True, True, True, False, False)
        ]
        assert len(trained(model)) == 4
        # Who asks the layer, as a model with objectives of its own does, is told the same.
        assert len(model.get_layer("backbone").trainable_variables) == 2
        assert not model.get_layer("backbone").get_layer("norm").trainable

    def test_all(self):
        model = build_classifier()
        everything = trained(model)
        freeze(model, ["*"])
        unfreeze(model, ["backbone", "head"], "key")
        assert trained(model) == everything

    def test_a_weight_that_was_never_trained_stays_so(self):
        model = build_classifier()
        freeze(model, ["backbone"])
        unfreeze(model, ["norm"], "key")
        norm = model.get_layer("backbone").get_layer("norm")
        assert [v.name for v in norm.trainable_variables] == ["gamma", "beta"]


@pytest.mark.once
def test_a_name_of_no_layer_is_refused():
    with pytest.raises(UserError, match=r"model\.freeze: no layer is called bakbone: did you mean"):
        freeze(build_classifier(), ["bakbone"])
