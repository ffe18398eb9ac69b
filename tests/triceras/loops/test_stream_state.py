import logging
import types

import keras
import numpy as np
import pytest

from triceras.checkpoints import callback_state
from triceras.data.stream import load
from triceras.loops.stream_state import StreamState, plain, restored


def stream():
    return load(
        source="triceras.testing.small.sources.batches",
        steps_per_epoch=4,
        batch_size=8,
        test_size=9,
    ).train


def test_a_resumed_stream_gives_what_would_have_come(capsys):
    split, context = stream(), types.SimpleNamespace(recorder=types.SimpleNamespace(step=3))
    # What comes is read before it is known that it is needed.
    wanted = [split.take_step(step, None, ["point"])["point"] for step in range(7)][3:]
    state = StreamState(split, context).get_state()
    other = stream()
    StreamState(other, context).set_state(state)
    assert "by reading and skipping 3 batches" in capsys.readouterr().out
    for step, points in enumerate(wanted, 3):
        np.testing.assert_array_equal(other.take_step(step, None, ["point"])["point"], points)


@pytest.mark.once
@pytest.mark.parametrize("part", [np.array(["ab"]), np.array([object()]), np.datetime64("2026")])
def test_a_state_that_no_checkpoint_can_hold_is_told_of_and_the_run_goes_on(
    part, caplog, monkeypatch
):
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)
    split = types.SimpleNamespace(state_after=lambda steps: {"files": part})
    context = types.SimpleNamespace(recorder=types.SimpleNamespace(step=3))
    _, document = callback_state.take([StreamState(split, context)])
    assert document[0]["state"] == {"steps": 3, "state": None}
    assert f"is not kept (it holds an array of {part.dtype}): a resumed run skips" in caplog.text


STATE = {"a": [1, 2.5, None, True], "b": b"\x00\xff", "c": {"d": "text"}, 7: (1, 2), (3, "e"): 4}


@pytest.mark.once
def test_a_state_is_kept_in_values_that_are_no_pickle():
    found = restored(plain(STATE))
    assert found == STATE | {7: [1, 2]}
    with pytest.raises(TypeError, match="it holds a object"):
        plain({"a": object()})


@pytest.mark.in_turn("torch")
def test_a_tensor_of_pytorch_is_one_again(backend):
    if backend != "torch":
        pytest.skip("tensors of another backend")
    tensor = keras.ops.convert_to_tensor([1, 2])
    assert restored(plain(tensor)).tolist() == [1, 2]
    assert type(restored(plain(tensor))) is type(tensor)
