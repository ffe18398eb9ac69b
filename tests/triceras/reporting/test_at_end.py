import pytest

from triceras.reporting import at_end
from triceras.reporting.at_end import report_at_end
from triceras.reporting.run_files import Run
from triceras.testing.many_runs import write_job, write_run

pytestmark = pytest.mark.once


@pytest.fixture
def sweep(tmp_path):
    """A sweep of two finished jobs and a failed one."""
    folder = tmp_path / "sweeps" / "one"
    for seed in range(2):
        run = write_run(tmp_path, {"batch_size": 32}, seed, 1.0 + seed)
        write_job(folder, seed, status="finished", run_folder=str(run))
    write_job(folder, 2, status="failed", error="told already")
    return folder


def test_a_sweep_ends_with_its_answer(sweep, capsys):
    page = report_at_end(sweep)
    printed = capsys.readouterr().out
    assert page == sweep / "report" / "report.html"
    assert page.is_file()
    assert "3 runs: 2 finished, 1 failed" in printed
    assert "best val_loss (min): all runs, 1.50 ± 0.71 over 2 seeds" in printed
    assert printed.splitlines()[-1] == f"page: {page}"
    # The table of the jobs has said it.
    assert "told already" not in printed


def test_what_goes_wrong_is_one_line(sweep, capsys, monkeypatch):
    assert report_at_end(sweep / "missing") is None
    monkeypatch.setattr(Run, "metrics", property(lambda run: 1 / 0))
    assert report_at_end(sweep) is None
    monkeypatch.setattr(at_end, "check_packages", lambda: 1 / 0)
    assert report_at_end(sweep) is None
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["no report"] * 3
    assert "ZeroDivisionError: division by zero" in lines[1]
