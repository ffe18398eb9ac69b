import pytest

from triceras.reporting.records import read_records

pytestmark = pytest.mark.once


def test_files_of_different_columns_are_one_table(tmp_path):
    contents = [
        "epoch,a\n0,1.5\n1,nan\n",
        "epoch,b\n0,\n1,inf\n",
        "epoch,a\n0,7\n",
        "",
        "epoch,a\n",
    ]
    paths = {}
    for run, content in enumerate(contents):
        paths[run] = tmp_path / str(run)
        paths[run].write_text(content)
    paths[9] = tmp_path / "missing"
    table = read_records(paths).sort("run", "epoch")
    assert table["run"].to_list() == [0, 0, 1, 1, 2]
    assert str(table["a"].to_list()) == "[1.5, nan, None, None, 7.0]"
    assert str(table["b"].to_list()) == "[None, None, None, inf, None]"


def test_a_number_that_was_cut_short_is_not_read(tmp_path):
    path = tmp_path / "epochs.csv"
    path.write_text("epoch,a\n0,123\n1,12")
    assert read_records({3: path}).rows() == [(3, 0.0, 123.0)]


def test_no_file_is_no_row(tmp_path):
    assert read_records({0: tmp_path / "missing"}).height == 0
