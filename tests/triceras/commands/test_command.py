import logging

import pytest
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from triceras.commands import command
from triceras.errors import UserError
from triceras.kept_tensorflow import DIRECTORY, FLAGS
from triceras.runs.stop import Interrupted

pytestmark = pytest.mark.once


def run(function, capsys):
    """Runs a task as a script would; returns the exit code and what stood on stderr."""
    with pytest.raises(SystemExit) as exit_:
        command.run(lambda: command.task(function)(None))
    return exit_.value.code, capsys.readouterr().err


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(command, "failures", [])
    # What another test composed last is no command line of these.
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)


def raiser(error):
    def function(config):
        raise error

    return function


def test_success(capsys):
    assert run(lambda config: 1.0, capsys) == (0, "")


def test_warnings_are_on_the_terminal_before_there_is_a_run(capsys):
    log = logging.getLogger("triceras.somewhere")
    # As Hydra leaves it: `hydra/job_logging: disabled` shuts what was imported before.
    log.disabled = True
    assert run(lambda config: log.warning("look"), capsys) == (0, "WARNING: look\n")


def test_user_error_is_one_line(capsys):
    code, text = run(raiser(UserError("a is wrong: do b")), capsys)
    assert (code, text) == (1, "error: a is wrong: do b\n")


def test_other_errors_are_one_line_that_says_where_the_traceback_is(capsys):
    error = ValueError("first\nsecond")
    error.add_note("its traceback is in train.log")
    code, text = run(raiser(error), capsys)
    assert code == 1
    assert text == (
        "error: ValueError: first second (its traceback is in train.log; set HYDRA_FULL_ERROR=1 "
        "to see the traceback)\n"
    )


def test_what_must_be_given_is_named(capsys):
    config = OmegaConf.create({"run": "???"})
    code, text = run(lambda _: config.run, capsys)
    assert (code, text) == (1, "error: run= is missing: give run=<value>\n")


def test_damaged_programs_of_tensorflow_are_removed_whatever_the_command(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv(FLAGS, f'{DIRECTORY}="{tmp_path / "kept"}"')
    (tmp_path / "kept").mkdir()
    error = OSError("Read less bytes than requested [Op:__inference_loop_over_test_steps_13]")
    code, text = run(raiser(error), capsys)
    assert code == 1
    assert text.startswith(f"error: a compiled program in {tmp_path / 'kept'} cannot be read")
    assert not (tmp_path / "kept").exists()


def test_ctrl_c(capsys):
    assert run(raiser(KeyboardInterrupt()), capsys) == (130, "interrupted\n")


def test_how_to_go_on_can_be_pasted(capsys):
    error = Interrupted("SIGTERM")
    error.add_note("out/a=b, c")
    said = "interrupted by SIGTERM: go on with 'resume=\"out/a=b, c\"'\n"
    assert run(raiser(error), capsys) == (75, said)


def test_traceback_where_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(ValueError, match="first"):
        command.run(lambda: command.task(raiser(ValueError("first")))(None))


def test_failed_job_of_a_sweep(capsys, monkeypatch):
    monkeypatch.setattr(command.report, "print_report", lambda: False)
    assert run(lambda config: None, capsys)[0] == 1


@pytest.mark.parametrize(("is_job", "said"), [(False, "error: a is wrong: do b\n"), (True, "")])
def test_a_task_tells_an_error_that_nobody_else_will(is_job, said, capsys, monkeypatch):
    # The process of a job ends with its line, the worker of a launcher goes on.
    monkeypatch.setattr(command.session, "is_elsewhere", lambda: True)
    monkeypatch.setattr(command, "is_job", lambda: is_job)
    command.task(raiser(UserError("a is wrong: do b")))(None)
    assert capsys.readouterr().err == said
