import pytest

from triceras.runs import record
from triceras.runs.remembered import Remembered

pytestmark = pytest.mark.once


def test_it_is_kept_in_the_run_folder(tmp_path):
    record.update(tmp_path, {"id": "a"})
    kept = Remembered(tmp_path)
    assert not kept
    kept["compiler"] = "traced"
    assert dict(Remembered(tmp_path)) == {"compiler": "traced"}
    assert record.read(tmp_path) == {"id": "a", "engine": {"compiler": "traced"}}
    del kept["compiler"]
    assert "compiler" not in Remembered(tmp_path)


@pytest.mark.parametrize(("steps", "expected"), [(9_999, "traced"), (10_000, "inductor")])
def test_a_run_from_before_goes_on_as_it_began(tmp_path, steps, expected):
    record.update(tmp_path, {"planned_steps": steps, "resumptions": [{"step": 3}]})
    assert Remembered(tmp_path)["compiler"] == expected


def test_what_another_backend_began_is_chosen_for_anew(tmp_path):
    run = {"backend": "torch", "planned_steps": 10_000, "resumptions": [{"backend": "jax"}]}
    record.update(tmp_path, run)
    assert "compiler" not in Remembered(tmp_path)
    record.update(tmp_path, {"resumptions": [{"backend": "jax"}, {"backend": "torch"}]})
    assert Remembered(tmp_path)["compiler"] == "inductor"
