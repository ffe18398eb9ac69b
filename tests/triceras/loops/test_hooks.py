import keras
import pytest

from triceras.loops.hooks import TEST, any_does, does, wants_model, wants_steps, wants_tests


class Own(keras.callbacks.Callback):
    def on_batch_end(self, batch, logs=None):
        pass


class Chunked(Own):
    sees_chunks = True


class Epochs(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        pass


def by_itself():
    return keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: None)


def saving(often):
    return keras.callbacks.ModelCheckpoint("a.keras", save_freq=often)


@pytest.mark.parametrize(
    ("callback", "steps", "model"),
    [
        (Own, True, True),
        (by_itself, True, True),
        (Chunked, False, True),
        (Epochs, False, False),
        (keras.callbacks.ProgbarLogger, False, False),
        (lambda: saving(3), True, True),
        (lambda: saving("epoch"), False, False),
    ],
)
def test_which_callbacks_are_shown_every_step(callback, steps, model):
    assert wants_steps(callback()) == steps
    assert wants_model(callback()) == model


def test_a_hook_that_is_set_on_the_callback_itself_is_found():
    assert does(by_itself(), "on_train_batch_begin")
    assert not does(by_itself(), "on_train_batch_end", "on_test_begin")


def test_a_progress_bar_does_not_cut_an_evaluation():
    assert not any_does([keras.callbacks.ProgbarLogger()], *TEST)
    assert wants_tests([keras.callbacks.LambdaCallback(on_test_batch_end=print)])
    swap = [keras.callbacks.SwapEMAWeights()]
    assert any_does(swap, *TEST)
    assert not wants_tests(swap)
