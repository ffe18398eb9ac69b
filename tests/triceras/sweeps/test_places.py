import os

import pytest

from triceras.sweeps import machine
from triceras.sweeps.places import THREADS, Place, shared_out

pytestmark = pytest.mark.once


def cores_of(places):
    return [sorted(place.cores) for place in places]


def test_cores_are_shared_out():
    assert cores_of(shared_out([0, 4, 1, 5], None, 2)) == [[0, 4], [1, 5]]
    assert cores_of(shared_out([0, 1, 2], None)) == [[0], [1], [2]]
    assert cores_of(shared_out([0, 1, 2, 3], None, threads=2)) == [[0, 1], [2, 3]]
    # One is left over, and more than there are are shared.
    assert cores_of(shared_out([0, 1, 2], None, 2)) == [[0], [1]]
    assert cores_of(shared_out([0, 1], None, 3)) == [[0], [1], [0]]
    assert cores_of(shared_out([0, 1], None, 1, threads=4)) == [[0, 1]]


def test_every_framework_is_told_its_threads():
    (place, _) = shared_out(range(6), None, 2)
    assert place.environment == dict.fromkeys(THREADS, "3")


def test_each_job_sees_one_gpu():
    places = shared_out(range(8), ["2", "7"])
    assert [place.environment["CUDA_VISIBLE_DEVICES"] for place in places] == ["2", "7"]
    assert cores_of(places) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    places = shared_out(range(8), [3], 2)
    assert [place.environment["CUDA_VISIBLE_DEVICES"] for place in places] == ["3", "3"]
    (place,) = shared_out(range(8), [], 1)
    assert place.environment["CUDA_VISIBLE_DEVICES"] == ""


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be chosen here")
def test_what_is_started_inherits_the_cores():
    before = os.sched_getaffinity(0)
    with Place(frozenset({min(before)})).taken():
        assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before
    with Place().taken():
        assert os.sched_getaffinity(0) == before


def test_gpus_of_the_shell_win(monkeypatch):
    for value, found in (("1,GPU-a", ["1", "GPU-a"]), ("", None), ("-1", None)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
        assert machine.graphics() == found


def test_gpus_are_asked_for(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.graphics() is None
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 0\necho 1\n")
    program.chmod(0o755)
    assert machine.graphics() == ["0", "1"]
    program.write_text("#!/bin/sh\necho 'no driver'\nexit 9\n")
    assert machine.graphics() is None


def test_twins_are_next_to_each_other(monkeypatch, tmp_path):
    for core in range(4):
        for name, value in (("physical_package_id", 0), ("core_id", core % 2)):
            (tmp_path / f"{core}-{name}").write_text(f"{value}\n")
    monkeypatch.setattr(machine, "TOPOLOGY", str(tmp_path / "{}-{}"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert machine.cores() == [0, 2, 1, 3]
