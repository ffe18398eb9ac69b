import json

import numpy as np
import pytest

from triceras.keras_table.operations import comparing
from triceras.keras_table.operations.reasons import reason_of
from triceras.keras_table.operations.run import line

pytestmark = pytest.mark.once


def outcome(values, gradients=(), kind="float32"):
    def described(numbers):
        return {"type": kind, "shape": [len(numbers)], "numbers": list(numbers)}

    return {"values": [described(values)], "gradients": [described(g) for g in gradients]}


def kind_of(**outcomes):
    places = {tuple(name.split("_")): one for name, one in outcomes.items()}
    return comparing.compared(places)


def test_the_gravest_difference_is_told_and_where():
    one = outcome([1.0, 2.0], [[1.0]])
    assert kind_of(jax_eager=one, torch_eager=one).kind == ""
    other = outcome([1.0, 2.1], [[1.0]])
    found = kind_of(jax_eager=one, torch_eager=one, tensorflow_compiled=other)
    assert (found.kind, found.places) == ("value", (("tensorflow", "compiled"),))
    assert found.worst == pytest.approx(0.1 / 2.1)
    assert "value; 5e-02; tensorflow compiled" in line(("ops", "sum(x)"), found)
    assert reason_of(("ops", "sum(x)"), found) == ""
    assert kind_of(jax_eager=one, torch_eager=outcome([1.0, 2.0], [[2.0]])).kind == "gradient"
    assert kind_of(jax_eager=one, torch_eager=outcome([1.0])).kind == "shape"
    assert kind_of(jax_eager=one, torch_eager=outcome([1.0, np.nan], [[1.0]])).kind == "not finite"
    whole = outcome([1.0, 2.0], [[1.0]], "int32")
    assert kind_of(jax_eager=one, torch_eager=whole).kind == "type"
    assert kind_of(jax_eager=outcome([1.0]), torch_eager=outcome([1.00001])).kind == ""


def test_what_is_not_compiled_is_no_error():
    one, failed = outcome([1.0]), {"error": "ValueError: no"}
    assert kind_of(jax_compiled=one, torch_eager=one, torch_compiled=failed).kind == ""
    assert kind_of(jax_compiled=one, torch_eager=failed, torch_compiled=failed).kind == "error"
    flat = outcome([1.0]) | failed
    assert kind_of(jax_compiled=one, torch_eager=flat).kind == "no gradient"


def test_a_process_that_ended_is_told(tmp_path):
    path = tmp_path / "torch.jsonl"
    first = {"case": ["ops", "sum(x)"]}
    done = first | {"ways": {"eager": outcome([1.0])}}
    path.write_text("\n".join(map(json.dumps, [first, done, {"case": ["ops", "max(x)"]}])) + "\n")
    found = comparing.read({"torch": path})
    assert list(found["ops", "sum(x)"]) == [("torch", "eager")]
    assert comparing.compared(found["ops", "max(x)"]).errors == {
        ("torch", "all"): "the process ended"
    }
