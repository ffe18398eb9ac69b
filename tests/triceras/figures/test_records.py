import numpy as np
import pytest

from triceras.figures.records import read_columns

pytestmark = pytest.mark.once


@pytest.fixture
def path(tmp_path):
    return tmp_path / "epochs.csv"


def test_reads_the_columns_wanted(path):
    path.write_text("epoch,step,loss,kl,val_loss\n0,10,1.5,9,2\n1,20,0.5,9,1e-3\n")
    columns = read_columns(path, "step", "loss", "val_loss", "nothing")
    assert set(columns) == {"step", "loss", "val_loss"}
    assert columns["step"].tolist() == [10, 20]
    assert columns["loss"].tolist() == [1.5, 0.5]
    assert columns["val_loss"].tolist() == [2, 0.001]


def test_an_empty_cell_is_nan(path):
    path.write_text("step,loss,val_loss\n10,1.5,\n20,0.5,1\n")
    np.testing.assert_array_equal(read_columns(path, "val_loss")["val_loss"], [np.nan, 1])


def test_leaves_out_a_line_that_is_being_written(path):
    path.write_text("step,loss\n10,1.5\n20,1")
    assert read_columns(path, "loss")["loss"].tolist() == [1.5]


@pytest.mark.parametrize("content", [None, "", "step,loss\n", "step,lo", "step,kl\n1,2\n"])
def test_nothing_recorded_yet(path, content):
    if content is not None:
        path.write_text(content)
    assert read_columns(path, "loss") == {}
