import pytest

from triceras.reporting.terminal import show
from triceras.testing.many_runs import write_grid, write_job, write_run

from .conftest import UNITS, loss

pytestmark = pytest.mark.once


def test_the_table_the_answer_and_what_failed(grid, report_on, capsys):
    write_run(grid, {UNITS: 32}, 9, status="failed", error="out of [memory]")
    write_job(grid / "sweep", 0, status="waiting")
    report = report_on(grid)
    show(report)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "18 runs: 16 finished, 1 failed, 1 waiting"
    (head,) = [line for line in lines if "batch_size" in line and "mean ± sd" in line]
    assert "95 % interval" in head
    assert set(report.compared[0].verdict) <= set(lines)
    assert lines[-2].startswith("failed: ")
    assert lines[-2].endswith(": out of [memory]")
    assert lines[-1].endswith("sweep/0: it has not begun")
    show(report, unfinished=False)
    assert "out of [memory]" not in capsys.readouterr().out


def test_columns_of_nothing_are_left_out(tmp_path, report_on, capsys):
    write_run(tmp_path, {}, 0)
    show(report_on(tmp_path))
    printed = capsys.readouterr().out
    assert "compile s" in printed
    assert "95 % interval" not in printed
    assert "worse than" not in printed


def test_of_many_settings_the_best_are_shown_and_the_rest_is_counted(tmp_path, report_on, capsys):
    write_grid(tmp_path, {UNITS: range(1, 24)}, [0], loss)
    show(report_on(tmp_path))
    assert "and 3 more settings, in groups.csv" in capsys.readouterr().out
