"""The command itself, as a person types it."""

import io
import json
import time
from unittest import mock

import pytest
from hydra.core.global_hydra import GlobalHydra

from triceras.benchmark import session, worker
from triceras.benchmark.alternation import Worker
from triceras.benchmark.session import has_objectives, has_several_objectives
from triceras.config import compose
from triceras.testing.benchmarks import QUICK, folder_of
from triceras.testing.small import CONF


class Here:
    """A contender that is timed in this process, for the few rounds that there are."""

    def __init__(self, spec):
        self.spec, self.started = spec, time.time()
        self.answers = []

    def answer(self):
        asked = '{"steps": 4}\n' * 2
        with (
            mock.patch.object(worker.sys, "stdin", io.StringIO(asked)),
            # The command that is running has composed, and who times composes anew.
            mock.patch.object(GlobalHydra.instance(), "hydra", None),
        ):
            worker.time_contender(self.spec, self.answers.append)
        return self.answers.pop(0)

    def take(self, steps):
        return self.answers.pop(0)

    def stop(self):
        assert not self.answers


@pytest.mark.once
@pytest.mark.slow
def test_experiment_without_hand_written_code(tmp_path, backend, run_script, monkeypatch):
    def begin(spec, environment, log):
        """One of them has a process of its own, as all have that people start."""
        return Worker(spec, environment, log) if spec["form"] == "ours" else Here(spec)

    monkeypatch.setattr(session, "Worker", begin)
    words = ["experiment=linear", f"backend={backend}", *QUICK, f"output_dir={tmp_path}"]
    result = run_script("benchmark.py", *words)
    folder = folder_of(result)
    assert f"{backend}: no hand-written code for linear" in result.stdout
    measured = json.loads((folder / "result.json").read_text())["backends"][backend]
    assert list(measured["contenders"]) == ["ours", "fit", "guide"]


@pytest.mark.once
def test_a_function_that_builds_a_network_with_several_objectives(monkeypatch):
    monkeypatch.setenv("TRICERAS_CONF", str(CONF))
    config = compose(["experiment=adversaries"], "benchmark")
    assert not has_objectives(config)
    assert has_several_objectives(config)
    assert not has_several_objectives(compose(["experiment=linear"], "benchmark"))
    # Any other error is no answer.
    broken = mock.Mock(side_effect=RuntimeError("a bug"))
    with mock.patch("hydra.utils.get_class", broken), pytest.raises(RuntimeError, match="a bug"):
        has_objectives(config)


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["experiment=nope"], "experiment=nope is unknown: use one of "),
        (["backend=theano"], "backend=theano is unknown: use one of "),
        (["benchmark.scale=true"], "benchmark.scale=true needs hand-written code for classifier"),
        (["benchmark.rounds=0"], "benchmark.rounds=0 is no whole number of at least 1"),
        (["benchmark.whole_steps=7"], "benchmark.whole_steps=7 is no list of numbers of steps"),
        (["benchmark.whole_against=[me]"], "benchmark.whole_against=['me'] is no list of some of"),
        (
            ["benchmark.scale=true", "benchmark.whole=true"],
            "benchmark.scale=true and benchmark.whole=true are two benchmarks",
        ),
        (["benchmark.seconds_per_round=no"], "benchmark.seconds_per_round=no is not above 0"),
        (["-m", "seed=1,2"], "-m is not for benchmarks"),
        (["no_such_key=1"], "no_such_key is not in this configuration"),
    ],
)
@pytest.mark.slow
def test_bad_input_gets_one_line_and_no_folder(tmp_path, backend, run_script, arguments, message):
    words = [*arguments, f"output_dir={tmp_path}"]
    if not arguments[0].startswith("backend="):
        words.append(f"backend={backend}")
    result = run_script("benchmark.py", *words)
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"error: {message}")
    assert not list(tmp_path.rglob("result.json"))
