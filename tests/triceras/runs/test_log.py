import logging
from pathlib import Path

import pytest

from triceras import project
from triceras.runs.log import stop_log, write_log_to

pytestmark = pytest.mark.once


def test_messages_go_to_the_file_and_warnings_to_the_terminal_too(tmp_path, capfd):
    handler = write_log_to(tmp_path / "train.log")
    logging.getLogger("triceras.somewhere").info("a detail")
    logging.getLogger("triceras.somewhere").warning("a warning")
    stop_log(handler)
    logging.getLogger("triceras.somewhere").warning("too late for the file")
    text = (tmp_path / "train.log").read_text()
    assert "INFO triceras.somewhere: a detail" in text
    assert "WARNING triceras.somewhere: a warning" in text
    assert "too late" not in text


def test_messages_of_the_lab_are_kept_too(tmp_path):
    handler = write_log_to(tmp_path / "train.log")
    logging.getLogger(f"{project.lab()}.models.mine").warning("of the lab")
    stop_log(handler)
    assert "of the lab" in (tmp_path / "train.log").read_text()


def test_runs_in_one_process_do_not_share_a_log(tmp_path):
    for name in ("a", "b"):
        handler = write_log_to(tmp_path / name)
        logging.getLogger("triceras").info("run %s", name)
        stop_log(handler)
    assert "run b" not in (tmp_path / "a").read_text()
    assert "run a" not in (tmp_path / "b").read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_once_and_ends_nothing(capfd):
    handler = write_log_to(Path("/dev/full"))
    logging.getLogger("triceras").info("first")
    logging.getLogger("triceras").info("second")
    stop_log(handler)
    assert capfd.readouterr().err.count("cannot write /dev/full") == 1
