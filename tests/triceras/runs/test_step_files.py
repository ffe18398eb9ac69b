import pytest

from triceras.runs.step_files import number, step_file, step_files

pytestmark = pytest.mark.once


def test_the_newest_comes_first_and_others_are_left_out(tmp_path):
    paths = [step_file(tmp_path, step) for step in (9, 10, 1_000_000_000)]
    for path in (*paths, tmp_path / "step-x.npz", tmp_path / ".1-step-000000011.npz"):
        path.touch()
    assert step_files(tmp_path) == paths[::-1]
    assert [number(path) for path in paths] == [9, 10, 1_000_000_000]
    assert number(tmp_path / "best.npz") == -1
