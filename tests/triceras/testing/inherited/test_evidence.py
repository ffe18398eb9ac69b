import numpy as np
import pytest

from triceras.testing.inherited.evidence import FOLDER, Evidence, apart, collected, folder

pytestmark = pytest.mark.once

CURVE = np.array([2.0, 1.5, 1.0], "float32")


def evidence(curve, name="loss", curves=True):
    return Evidence("experiment[a/b]", "conf/a/b.yaml", 1e-5, {name: curve}, curves)


def left(tmp_path, **of):
    for backend, each in of.items():
        each.save(backend, tmp_path)
    return collected(tmp_path)


def test_there_is_a_folder_only_where_somebody_will_compare(monkeypatch, tmp_path):
    monkeypatch.delenv(FOLDER, raising=False)
    assert folder() is None
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert folder() == tmp_path


def test_backends_that_agree(tmp_path):
    found = left(tmp_path, jax=evidence(CURVE), torch=evidence(CURVE * np.float32(1 + 1e-6)))
    assert list(found) == ["experiment[a/b]"]
    assert apart(found["experiment[a/b]"]) == []


def test_the_step_and_the_backends_are_named(tmp_path):
    other = CURVE.copy()
    other[1] *= 1.01
    found = left(tmp_path, jax=evidence(CURVE), torch=evidence(CURVE), tensorflow=evidence(other))
    lines = apart(found["experiment[a/b]"])
    assert len(lines) == 2
    assert lines[0].startswith(
        "experiment[a/b]: jax and tensorflow are 1.0e-02 apart at step 1, and 1.0e-02 at most "
        "(1e-05 is allowed, unless conf/a/b.yaml says tests.tolerance"
    )


def test_tensors_are_named(tmp_path):
    pair = [evidence(a, "output 0", curves=False) for a in (CURVE, -CURVE)]
    found = left(tmp_path, jax=pair[0], torch=pair[1])
    assert "are 2.0e+00 apart at output 0" in apart(found["experiment[a/b]"])[0]


def test_other_losses_are_different_things(tmp_path):
    found = left(tmp_path, jax=evidence(CURVE), torch=evidence(CURVE, "other"))
    assert apart(found["experiment[a/b]"]) == [
        "experiment[a/b]: jax and torch have computed different things"
    ]


def test_what_one_backend_alone_has_left_is_not_compared(tmp_path):
    assert left(tmp_path, jax=evidence(CURVE)) == {}
    assert collected(tmp_path / "absent") == {}
