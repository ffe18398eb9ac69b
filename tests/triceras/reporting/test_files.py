import polars as pl
import pytest

from triceras.reporting.files import write_tables
from triceras.testing.many_runs import write_job, write_run

from .conftest import RATE, UNITS

pytestmark = pytest.mark.once


def test_tables_have_the_keys_and_the_metrics_by_name(grid, report_on, tmp_path):
    write_run(grid, {RATE: 0.01, UNITS: 32}, 9, status="failed", error="out of memory")
    write_job(grid / "sweep", 0, status="failed", error="no such data")
    files = write_tables(report_on(grid), tmp_path)
    assert {file.name for file in files} == {
        *("runs.csv", "groups.csv", "differences.csv"),
        *("runs.parquet", "groups.parquet", "differences.parquet"),
    }
    groups = pl.read_parquet(tmp_path / "groups.parquet")
    assert groups.columns[:6] == ["experiment", "monitor", "mode", "setting", UNITS, RATE]
    names = [f"val_loss_{part}" for part in ("mean", "sd", "low", "high")]
    assert {"n", "failed", *names} <= set(groups.columns)
    assert groups[RATE].dtype == pl.Float64
    runs = pl.read_parquet(tmp_path / "runs.parquet")
    assert (runs.height, (runs["status"] == "failed").sum()) == (18, 2)
    assert {"out of memory", "no such data"} <= set(runs["line"])
    assert {RATE, UNITS, "seed", "metrics.val_loss", "seconds.compile"} <= set(runs.columns)
    differences = pl.read_parquet(tmp_path / "differences.parquet")
    assert differences["against_name"][0] == "batch_size=32, learning_rate=0.001"
    for name in ("runs", "groups", "differences"):
        table = pl.read_parquet(tmp_path / f"{name}.parquet")
        text = pl.read_csv(tmp_path / f"{name}.csv", infer_schema=False)
        assert (text.columns, text.height) == (table.columns, table.height)


def test_a_setting_of_the_name_of_a_column(tmp_path, report_on):
    for name in ("a", "b"):
        write_run(tmp_path, {"experiment": name, "steps_per_second": name}, 0)
    report = report_on(tmp_path, by=("experiment", "steps_per_second"))
    write_tables(report, tmp_path)
    groups = pl.read_parquet(tmp_path / "groups.parquet")
    assert groups["experiment"].to_list() == ["a", "b"]
    runs = pl.read_parquet(tmp_path / "runs.parquet")
    assert runs["settings.steps_per_second"].to_list() == ["a", "b"]
    assert runs["steps_per_second"].to_list() == [200.0, 200.0]
