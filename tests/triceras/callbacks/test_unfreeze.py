import keras
import numpy as np
import pytest

from triceras.callbacks import Unfreeze
from triceras.errors import UserError
from triceras.testing.backbone import arrays, compiled, values
from triceras.testing.loops import LOOPS, train


class Watch(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(values(self.model.get_layer("backbone"))["backbone/second/kernel"])


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_a_layer_is_trained_from_its_epoch_on_and_so_is_its_average(loop):
    x, y = arrays()
    watch = Watch()
    frozen = compiled(keras.optimizers.SGD(0.5, use_ema=True), ["backbone"])
    train(frozen, x, y, loop, epochs=3, callbacks=[Unfreeze("second", 2), watch])
    first, second, third = watch.seen
    np.testing.assert_array_equal(first, second)
    assert np.abs(third - second).max() > 1e-3
    after, before = (values(model.get_layer("backbone")) for model in (frozen, compiled()))
    for name in ("backbone/first/kernel", "backbone/norm/moving_mean"):
        np.testing.assert_array_equal(after[name], before[name])
    # Its average is over steps in which it stood still, too: near where it was.
    average = after["backbone/second/kernel"]
    assert np.abs(average - second).max() < 0.1 * np.abs(third - second).max()


@pytest.mark.in_turn
@pytest.mark.slow
def test_losses_do_not_depend_on_the_loop():
    x, y = arrays()
    found = [
        train(
            compiled(keras.optimizers.Adam(0.1), ["backbone"], {"backbone": 0.5}),
            *(x, y, loop),
            epochs=3,
            callbacks=[Unfreeze(["backbone"], 1)],
        )[0]
        for loop in LOOPS
    ]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-5)
    plain, _ = train(compiled(keras.optimizers.Adam(0.1), ["backbone"]), x, y, "fit", epochs=3)
    np.testing.assert_allclose(plain[:3], found[0][:3], rtol=1e-5)
    assert np.abs(plain[3:] / found[0][3:] - 1).min() > 1e-5


@pytest.mark.once
@pytest.mark.parametrize(
    ("frozen", "layers", "message"),
    [
        ([], "head", r"Unfreeze\.layers: head is trained from the beginning: name it in model\."),
        (["backbone"], ["*", "head"], "head is trained from the beginning"),
        (["head"], "hed", r"Unfreeze\.layers: no layer is called hed: did you mean head\?"),
    ],
)
@pytest.mark.slow
def test_what_has_no_effect_is_refused(frozen, layers, message):
    with pytest.raises(UserError, match=message):
        train(compiled("sgd", frozen), *arrays(), "custom", callbacks=[Unfreeze(layers, 1)])


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 1), r"Unfreeze\.layers is empty"),
        (("head", -1), r"Unfreeze\.epoch=-1 is no whole number of at least 0"),
        ((3, 1), r"Unfreeze\.layers=3 names no layers"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        Unfreeze(*arguments)
