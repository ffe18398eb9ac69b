import types

import pytest

from triceras.checkpoints.going_on import leaving_keras_files, planned_steps
from triceras.runs import record


@pytest.mark.once
def test_the_first_error_is_what_is_raised_whatever_fails_after_it(caplog):
    def end_early():
        raise TypeError("'NoneType' object is not callable")

    checkpoints = types.SimpleNamespace(end_early=end_early)
    with pytest.raises(RuntimeError, match="the first"), leaving_keras_files(checkpoints):
        raise RuntimeError("the first")
    assert "no .keras files: 'NoneType' object" in caplog.text


@pytest.mark.once
def test_a_run_that_another_backend_began_is_planned_by_what_is_left(tmp_path):
    record.update(tmp_path, {"backend": "jax", "resumed_from": None})
    assert planned_steps(tmp_path, 10_000) == 10_000
    for backend, total in (("jax", 200), ("torch", 200), ("torch", 300)):
        came_from = {"backend": record.read(tmp_path)["backend"], "step": 150}
        record.update(tmp_path, {"backend": backend, "resumed_from": came_from})
        assert planned_steps(tmp_path, total) == (10_000 if backend == "jax" else 50)
