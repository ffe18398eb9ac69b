import json

import pytest

from triceras.sweeps import report

pytestmark = pytest.mark.once


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "sweeps", [tmp_path])

    def write(number, **content):
        folder = tmp_path / str(number)
        folder.mkdir()
        record = {"job": number, "overrides": [f"seed={number}"], **content}
        (folder / "job.json").write_text(json.dumps(record))

    return write


def test_all_jobs_in_their_order(sweep, capsys):
    for number in (10, 2, 0):
        sweep(number, status="finished", seconds=1.0, monitor="val_loss", value=0.1 + number)
    assert report.print_report()
    text = capsys.readouterr().out
    assert text.index("seed=0") < text.index("seed=2") < text.index("seed=10")
    assert "val_loss = 10.1" in text
    assert "3 of 3 jobs finished" in text


def test_what_all_jobs_share_stands_in_the_title(sweep, capsys):
    for number in (0, 1):
        sweep(number, status="finished", overrides=["data=digits", f"seed={number}"])
    report.print_report()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].strip() == "sweep: data=digits"
    assert sum("data=digits" in line for line in lines) == 1


def test_words_stand_as_they_were_typed(sweep, capsys):
    words = [r"notes=job-$\{hydra\:job.num\}", "callbacks=[early]"]
    sweep(0, status="failed", overrides=words, error="use one of [red, blue]")
    report.print_report()
    text = capsys.readouterr().out
    for word in ("notes=job-${hydra:job.num}", "callbacks=[early]", "use one of [red, blue]"):
        assert word in text


def test_failed_job_shows_its_error(sweep, capsys):
    sweep(0, status="finished", monitor="val_loss", value=0.5)
    sweep(1, status="failed", error="a is wrong")
    assert not report.print_report()
    text = capsys.readouterr().out
    assert "a is wrong" in text
    assert "1 of 2 jobs finished" in text


def test_job_that_died_without_a_word_has_failed(sweep, capsys):
    sweep(0, status="running")
    assert not report.print_report()
    text = capsys.readouterr().out
    assert "its process died without a word" in text
    assert "0 of 1 jobs finished, 1 killed" in text


def test_single_run_has_no_table(monkeypatch, capsys):
    monkeypatch.setattr(report, "sweeps", [])
    assert report.print_report()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("asked", "statuses", "written"),
    [
        (True, ("finished", "failed", "finished"), True),
        (False, ("finished", "failed", "finished"), False),
        (True, ("finished", "finished", "waiting"), False),
        (True, ("finished", "interrupted", "finished"), False),
        (True, ("finished", "failed", "failed"), False),
    ],
)
def test_what_has_ended_is_reported_where_that_is_asked(
    sweep, monkeypatch, asked, statuses, written
):
    of = []
    monkeypatch.setattr(report, "report_at_end", of.append)
    monkeypatch.setattr(report, "reported", set(report.sweeps) if asked else set())
    for number, status in enumerate(statuses):
        sweep(number, status=status, error="a is wrong")
    report.print_report()
    assert of == (report.sweeps if written else [])
