"""Processes that help with a run, and how the run ends where one of them does."""

import subprocess
import time

import pytest

from triceras.errors import UserError


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.fixture
def helper(only_here, tmp_path):
    """Starts a process of a shell in the place of a helper."""
    from triceras.engines.torch_team import Helper

    started = []

    def start(command):
        log = tmp_path / f"{len(started) + 1}.log"
        with open(log, "w") as file:
            process = subprocess.Popen(
                ["/bin/sh", "-c", command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
            )
        started.append(Helper(len(started) + 1, process, log))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("kill -9 $$", r"the process of device 2 \(\d+\) was ended by SIGKILL: .* last checkpoint"),
        ("echo first >&2; echo no memory >&2; exit 1", r"of device 2 .* by an error: no memory: "),
    ],
)
def test_a_process_that_has_ended_ends_the_run_in_one_line(helper, command, message):
    from triceras.engines.torch_team import LOST, Team

    team = Team([helper(f"sleep 0.1; exit {LOST}"), helper(command)])
    with pytest.raises(UserError, match=message), team.together():
        raise RuntimeError("Connection closed by peer")


def test_what_went_wrong_here_is_what_is_told(helper, monkeypatch):
    from triceras.engines import torch_team

    monkeypatch.setattr(torch_team, "SECONDS", 0.1)
    with (
        pytest.raises(RuntimeError, match="of my own"),
        torch_team.Team([helper("cat")]).together(),
    ):
        raise RuntimeError("of my own")


def test_a_step_that_cannot_be_compiled_is_not_shared(helper):
    from triceras.engines.errors import CannotCompileError
    from triceras.engines.torch_team import Team

    message = "devices=2 needs a step that can be compiled: why"
    with pytest.raises(UserError, match=message), Team([helper("cat")]).together():
        raise CannotCompileError("why")


def test_nobody_is_left_behind(helper, monkeypatch):
    from triceras.engines import torch_devices

    monkeypatch.setattr(torch_devices, "SECONDS_TO_END", 0.2)
    helpers = [helper("cat"), helper("exec sleep 100")]
    began = time.monotonic()
    torch_devices.end(helpers)
    assert time.monotonic() - began < 10
    assert [one.process.poll() for one in helpers] == [0, -9]


def test_one_that_does_not_start_is_told(helper):
    from triceras.engines import torch_devices

    message = r"ended by an error: no such thing, before it was ready: use devices=1"
    with pytest.raises(UserError, match=message):
        torch_devices.wait_for(helper("echo no such thing >&2; exit 1"))


def test_what_rounding_decides_does_not_end_a_run(only_here, monkeypatch):
    import torch

    from triceras.engines import torch_team

    weights = torch.ones(4)
    together = [2 * weights]
    monkeypatch.setattr(torch_team, "spread", lambda *given: None)
    monkeypatch.setattr(torch_team, "sent", lambda shares: b"")
    monkeypatch.setattr(torch_team, "shared_program", lambda *given: ("its own", together))
    example = [weights, torch.zeros(2), torch.zeros(2)]
    team = torch_team.Team([])

    def by_sign(weights, rows, key):
        return [torch.sign(weights - 1)]

    assert team.share_out(by_sign, example, 1) == "its own"
    with pytest.raises(UserError, match="a step on 1 devices gave other numbers than on one"):
        team.share_out(lambda weights, rows, key: [weights * 1.0], example, 1)
    assert (weights == 1).all()
