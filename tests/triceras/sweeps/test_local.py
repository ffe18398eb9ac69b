import json
import os
from pathlib import Path

import pytest

from triceras.errors import UserError
from triceras.sweeps import local, supervision
from triceras.sweeps.local import LocalLauncher

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_jobs": 0}, "n_jobs=0 is no number of them"),
        ({"threads": "two"}, "threads=two is no number of them"),
        ({"gpus": "all"}, r"gpus=all is no list: use auto, \[0,1\] or \[\]"),
    ],
)
def test_what_cannot_be(options, message):
    with pytest.raises(UserError, match=message):
        LocalLauncher(**options)


def test_as_many_at_a_time_as_there_are_places():
    class Session:
        def told_to_stop(self):
            return "SIGTERM" if self.stopped else None

        def told_to_kill(self):
            return False

    class Process:
        def __init__(self, job):
            self.job, self.process, self.left = job, self, 4 if job == "d" else 2

        def poll(self):
            self.left -= 1
            return 0 if self.left < 0 else None

        def tell(self, name):
            told.append((self.job, name))

    class Job:
        def __init__(self, name):
            self.folder, self.process = name, Process(name)

        def read(self):
            pass

        def end(self):
            running.remove(self.folder)
            session.stopped |= self.folder == "c"
            return 0.0

    def start(name, place):
        if name == "nothing to do":
            return None
        running.append(name)
        most.append(len(running))
        assert place in "12"
        return Job(name)

    running, most, told, session = [], [], [], Session()
    session.stopped = False
    names = ["a", "nothing to do", "b", "c", "d", "e"]
    values = supervision.supervise(names, ["1", "2"], start, session)
    assert max(most) == 2
    # Those that ran when it was told to stop were told, and no other one started.
    assert list(values) == ["a", "b", "c", "d"]
    assert set(told) == {("d", "SIGTERM")}


def test_those_that_run_need_not_wait_until_all_others_have_been_looked_at():
    class Session:
        stopped = None

        def told_to_stop(self):
            return self.stopped

    def start(name, place):
        looked_at.append(name)
        session.stopped = "SIGTERM"

    looked_at, session = [], Session()
    supervision.supervise(["a", "b", "c"], ["place"], start, session)
    assert looked_at == ["a"]


@pytest.mark.slow
def test_a_sweep_several_at_a_time(bare, monkeypatch):
    monkeypatch.setattr(local, "cores", lambda: sorted(os.sched_getaffinity(0))[:1])
    words = ("hydra/launcher=local", "hydra.launcher.n_jobs=2")
    done = bare.begin("seed=0,1,4", *words)
    assert done.returncode == 1
    assert bare.statuses() == ["finished", "failed", "finished"]
    assert "\n[1] error: it cannot be done\n" in done.stdout
    for job in (bare.jobs()[0], bare.jobs()[2]):
        place = json.loads((Path(job["run_folder"]) / "place.json").read_text())
        assert place[:2] == [sorted(os.sched_getaffinity(0))[:1], "1"]
    seen = []
    original = LocalLauncher.places
    monkeypatch.setattr(
        LocalLauncher, "places", lambda self: seen.append(self.n_jobs) or original(self)
    )
    # The launcher is what it was, unless another is typed.
    bare.run(f"resume_sweep={bare.sweep}")
    bare.run(f"resume_sweep={bare.sweep}", "hydra.launcher.n_jobs=3")
    bare.run(f"resume_sweep={bare.sweep}", "hydra/launcher=basic")
    assert seen == [2, 3]
    assert sorted(bare.began) == ["0 new", *["1 new"] * 4, "4 new"]


@pytest.mark.slow
def test_all_that_run_are_told(bare):
    words = ("hydra/launcher=local", "hydra.launcher.n_jobs=2", "max_steps=2")
    done = bare.begin("seed=2,2,4,4", *words)
    assert done.returncode == 75
    assert bare.statuses()[:2] == ["interrupted", "interrupted"]
    assert bare.run(f"resume_sweep={bare.sweep}").returncode == 0
    assert sorted(bare.began) == ["2 again", "2 again", "2 new", "2 new", "4 new", "4 new"]


def test_a_launcher_that_is_not_there_is_named_with_those_that_are(bare):
    done = bare.begin("seed=0,1", "hydra/launcher=locale")
    # Installed plugins of Hydra's have theirs between these.
    said, _, names = done.stderr.partition("use one of ")
    assert "hydra/launcher=locale is unknown" in said
    assert {"basic", "local", "ray", "slurm"} <= set(names.strip().split(", "))
