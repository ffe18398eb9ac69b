"""The command itself, as a person types it."""

import importlib.util
from pathlib import Path

import pytest

from triceras.commands.report import main, read_words
from triceras.errors import UserError
from triceras.testing.many_runs import write_grid, write_run

pytestmark = pytest.mark.once


def test_words_are_folders_and_settings(tmp_path):
    (tmp_path / "a=b").mkdir()
    found = read_words([str(tmp_path / "a=b"), "outputs", "by=[a.b,c]", "monitor=x", "mode=max"])
    assert found == {
        "folders": (tmp_path / "a=b", Path("outputs")),
        "by": ("a.b", "c"),
        "monitor": "x",
        "mode": "max",
    }


@pytest.mark.slow
def test_a_report_in_a_folder_of_its_own_named_in_the_last_line(tmp_path, capsys):
    write_grid(tmp_path, {"batch_size": [32, 64]}, range(3), lambda s, seed: s["batch_size"] + seed)
    assert main([str(tmp_path), f"output_dir={tmp_path / 'out'}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "6 runs: 6 finished"
    assert lines[-1] == f"report: {tmp_path / 'out'}"
    assert (tmp_path / "out" / "report.html").is_file()
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"report: {tmp_path / 'report'}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required"),
        (["bz=a"], "bz=a: bz is no setting of a report"),
        (["moniter=a"], "did you mean monitor=?"),
        (["missing"], "missing is no folder"),
        (["by=a"], "name a folder"),
        ([".", "mode=least"], "mode=least is unknown"),
        (["--nothing"], "`python scripts/report.py --help` says what there is"),
    ],
)
def test_what_is_wrong_is_one_line(words, message, capsys):
    assert main(words) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    write_run(tmp_path, {})
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path), f"output_dir={tmp_path / 'file' / 'x'}"]) == 1
    assert "choose another folder with output_dir=<folder>" in capsys.readouterr().err


def test_without_its_packages_one_line_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main([str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error == (
        "error: a report needs polars, plotly, scipy: `make setup` installs it, or pip install -c "
        "requirements.lock -e '.[report]'\n"
    )


def test_words_that_are_no_settings_are_refused():
    with pytest.raises(UserError, match="there are by, monitor, mode, output_dir"):
        read_words(["zzz=1"])
