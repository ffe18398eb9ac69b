import io
import json

import pytest
from rich.console import Console

from triceras.sweeps.watcher import Watcher

pytestmark = pytest.mark.once


class Jobs:
    """The files of jobs, and what a watcher prints of them."""

    def __init__(self, folder, count):
        self.folders = [folder / str(number) for number in range(count)]
        self.out = io.StringIO()
        for number, path in enumerate(self.folders):
            path.mkdir()
            self.set(number, status="waiting")

    def set(self, number, **content):
        record = {"job": number, "overrides": ["epochs=1", f"seed={number}"], **content}
        (self.folders[number] / "job.json").write_text(json.dumps(record))

    def say(self, number, text):
        with open(self.folders[number] / "job.log", "a") as file:
            file.write(text)

    def watch(self, parallel=False, terminal=False):
        console = Console(file=self.out, force_terminal=terminal, width=100, height=20)
        return Watcher(self.folders, parallel, console)


def test_lines_where_there_is_no_terminal(tmp_path):
    jobs = Jobs(tmp_path, 2)
    jobs.say(0, "of an earlier attempt\n")
    watcher = jobs.watch(parallel=True)
    jobs.set(0, status="running")
    jobs.say(0, "whole\npart")
    watcher.look()
    jobs.say(0, "ly\nlast")
    watcher.look()
    jobs.set(0, status="failed", error="no [red] colour " + 100 * "x")
    jobs.set(1, status="finished", monitor="loss", value=0.5)
    jobs.say(1, "all\n")
    watcher.look()
    assert jobs.out.getvalue().splitlines() == [
        "job 0 running: seed=0",
        "[0] whole",
        "[0] partly",
        "[0] last",
        "job 0 failed: no [red] colour " + 100 * "x",
        "[1] all",
        "job 1 finished: loss = 0.5",
    ]


def test_one_at_a_time_needs_no_name(tmp_path):
    jobs = Jobs(tmp_path, 1)
    with jobs.watch() as watcher:
        watcher.over.set()
        watcher.thread.join()
        jobs.set(0, status="running")
        jobs.say(0, "said\n")
        watcher.look()
    assert "\nsaid\n" in jobs.out.getvalue()


def test_a_table_on_a_terminal(tmp_path):
    jobs = Jobs(tmp_path, 40)
    for number in range(30):
        jobs.set(number, status="finished", ended=f"{number:02}", monitor="loss", value=number)
    jobs.set(33, status="running")
    jobs.say(33, "said\n")
    watcher = jobs.watch(parallel=True, terminal=True)
    table = watcher.table()
    assert table.caption == "30 finished, 1 running, 9 waiting"
    numbers = list(table.columns[0].cells)
    shown = [str(number) for number in numbers]
    # The newest of those that have ended, and what runs and comes next.
    assert shown == ["24", "25", "26", "27", "28", "29", "30", "33"]
    with watcher:
        pass
    assert "9 waiting" in jobs.out.getvalue()
    assert "job 33 running" not in jobs.out.getvalue()


def test_whatever_there_is_to_say_of_a_job_is_one_line_while_they_run(tmp_path):
    jobs = Jobs(tmp_path, 2)
    jobs.set(0, status="failed", error=100 * "long ")
    jobs.set(1, status="running", run_folder=50 * "a/")
    Console(file=jobs.out, width=100).print(jobs.watch(terminal=True).table())
    lines = jobs.out.getvalue().splitlines()
    assert len(lines) == len(("title", "border", "names", "border", "0", "1", "border", "caption"))
    assert lines[4].split()[1:2] == ["0"]
    assert "failed" in lines[4]
    assert "a/a/" not in jobs.out.getvalue()
