import itertools
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from triceras import project
from triceras.backend import BACKENDS

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
PATHS = sorted(FOLDER.glob("*.yml"))
WEEKLY = ("matrix", "parity", "benchmark")


def read(name: str) -> dict[str, Any]:
    workflow = yaml.safe_load((FOLDER / f"{name}.yml").read_text())
    # YAML 1.1 takes the key `on` for a truth value.
    return {**workflow, "on": workflow.get(True, workflow.get("on"))}


def combinations(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The jobs that GitHub makes of one with a matrix."""
    matrix = job.get("strategy", {}).get("matrix", {})
    assert not {"include", "exclude"} & set(matrix), "not counted here"
    assert all(isinstance(values, list) for values in matrix.values()), "known on GitHub alone"
    return [
        dict(zip(matrix, values, strict=True)) for values in itertools.product(*matrix.values())
    ]


def answers(trigger: Any, event: str) -> bool:
    """Whether a workflow is started by a push to `main`, or by one to a pull request."""
    if event == "push":
        return (
            "push" in trigger and "main" in (trigger["push"] or {"branches": ["main"]})["branches"]
        )
    return event in trigger


def jobs(event: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The jobs of an event, where a pull request has no label."""
    found = []
    for path in PATHS:
        workflow = read(path.stem)
        skipped: set[str] = set()
        for name, job in workflow["jobs"].items():
            if not answers(workflow["on"], event):
                continue
            labelled = event == "pull_request" and "pull_request.labels" in job.get("if", "")
            if labelled or job.get("needs") in skipped:
                skipped.add(name)
            else:
                found += [(path.stem, name, values) for values in combinations(job)]
    return found


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_a_push_runs_few_jobs(event):
    found = jobs(event)
    assert len(found) <= 6
    assert {workflow for workflow, _, _ in found} == {"test"}
    alone = [values["backend"] for _, name, values in found if name == "backend"]
    assert sorted(alone) == sorted(BACKENDS)
    steps = [step for job in read("test")["jobs"].values() for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]
    assert sorted(commands) == [".ci/run", "make project-check", "make test"]


def test_matrices_are_counted():
    matrix = {"backend": ["jax", "torch"], "python": ["3.11", "3.12", "3.13"]}
    assert len(combinations({"strategy": {"matrix": matrix}})) == 6
    assert combinations({}) == [{}]
    assert len(combinations(read("matrix")["jobs"]["backend"])) == 9


@pytest.mark.parametrize("name", WEEKLY)
def test_the_rest_runs_weekly_by_hand_and_by_label(name):
    workflow = read(name)
    assert {*workflow["on"]} == {"schedule", "workflow_dispatch", "pull_request"}
    (schedule,) = workflow["on"]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", schedule["cron"])
    assert "labeled" in workflow["on"]["pull_request"]["types"]
    for job in workflow["jobs"].values():
        if "needs" not in job:
            assert f"contains(github.event.pull_request.labels.*.name, '{name}')" in job["if"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
class TestWorkflow:
    def test_actions_are_pinned_by_commit(self, path):
        lines = re.findall(r"uses: (.+)", path.read_text())
        assert lines
        for line in lines:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line

    def test_may_only_read(self, path):
        workflow = read(path.stem)
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert "permissions" not in job
            assert job["timeout-minutes"] <= 60
            (checkout,) = [s for s in job["steps"] if "actions/checkout@" in s.get("uses", "")]
            assert checkout["with"]["persist-credentials"] is False

    def test_does_not_name_the_lab(self, path):
        lab = project.lab()
        assert not re.search(rf"\b(src|tests)/{lab}\b|\b{lab}\.\w", path.read_text())

    def test_commands_are_targets_of_the_makefile(self, path):
        targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        for command in re.findall(r"\bmake ([\w-]+)", path.read_text()):
            assert command in targets


def test_parity_workflow_finds_every_experiment(tmp_path):
    (find,) = (step for step in read("parity")["jobs"]["experiments"]["steps"] if "run" in step)
    output = tmp_path / "output"
    subprocess.run(
        ["bash", "-e", "-c", find["run"]],
        cwd=ROOT / find["working-directory"],
        env={**os.environ, "GITHUB_OUTPUT": str(output)},
        check=True,
    )
    name, _, value = output.read_text().partition("=")
    assert name == "names"
    folder = ROOT / "conf" / "experiment"
    paths = sorted(folder.rglob("*.yaml"))
    assert json.loads(value) == sorted(str(p.relative_to(folder).with_suffix("")) for p in paths)
