import numpy as np
import pytest

from triceras.checkpoints.checkpoint_files import write
from triceras.checkpoints.named import read_named
from triceras.checkpoints.snapshot import Snapshot
from triceras.errors import UserError

pytestmark = pytest.mark.once

INTACT = Snapshot({"x": np.ones(3)}, {"position": {"step": 7}})


@pytest.fixture
def run(tmp_path):
    """Makes the folder of a run of some checkpoints, intact or damaged."""

    def made(*intact, damaged=()):
        (tmp_path / "checkpoints").mkdir()
        for name in intact:
            write(tmp_path / "checkpoints" / f"{name}.npz", INTACT)
        for name in damaged:
            (tmp_path / "checkpoints" / f"{name}.npz").write_bytes(b"no zip")
        return tmp_path

    return made


@pytest.mark.parametrize("there", [["last"], ["step-000000007"]])
def test_where_best_is_damaged_or_missing_last_is_named(run, there):
    folder = run(*there, damaged=["best"])
    with pytest.raises(UserError, match=r"best\.npz is damaged: .*; use checkpoint=last, or put"):
        read_named(folder, "best")
    (folder / "checkpoints" / "best.npz").unlink()
    with pytest.raises(UserError, match=r"has no checkpoint best: use checkpoint=last$"):
        read_named(folder, "best")
    assert read_named(folder, "last").position.step == 7


def test_where_last_is_damaged_best_is_named(run):
    with pytest.raises(UserError, match=r"last\.npz is damaged: .*; use checkpoint=best, or put"):
        read_named(run("best", damaged=["last"]), "last")


def test_what_is_not_there_is_not_named(run):
    folder = run(damaged=["best"])
    with pytest.raises(UserError, match=r"best\.npz is damaged: .* content; put a good copy of"):
        read_named(folder, "best")
    (folder / "checkpoints" / "best.npz").unlink()
    for name in ("best", "last"):
        with pytest.raises(UserError, match=r"has no checkpoints: .*; train it anew$"):
            read_named(folder, name)
