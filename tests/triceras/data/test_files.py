import os

import numpy as np
import pytest

from triceras.data.files import read

pytestmark = pytest.mark.once

WANTED = "give an .npz file with x_train, y_train, x_test, y_test, or a folder of IDX files"


def test_a_file_and_a_folder_hold_the_same_images(npz_file, idx_folder):
    a, b = read(str(npz_file())), read(str(idx_folder()))
    np.testing.assert_array_equal(a.train["image"], b.train["image"])
    np.testing.assert_array_equal(a.test["label"], b.test["label"])
    assert a.sha256 != b.sha256


def test_a_link_is_followed(npz_file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(npz_file())
    assert len(read(str(link)).train) == 300


def test_the_home_folder(npz_file, monkeypatch):
    path = npz_file()
    monkeypatch.setenv("HOME", str(path.parent))
    assert len(read(f"~/{path.name}").test) == 60


def test_nothing(refuses):
    with refuses(what="is empty", where="data.path", do=WANTED):
        read("")


def test_a_missing_file(tmp_path, refuses):
    path = tmp_path / "mnsit.npz"
    with refuses(what="does not exist", where=f"data.path={path}", do="check its spelling"):
        read(str(path))


def test_a_folder_that_is_a_file(npz_file, refuses):
    path = npz_file() / "images.npz"
    with refuses(what="does not exist", where=f"data.path={path}", do=WANTED):
        read(str(path))


def test_a_broken_link(tmp_path, refuses):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    with refuses(what="does not exist", where=f"data.path={link}", do=WANTED):
        read(str(link))


def test_a_pipe_is_not_waited_for(tmp_path, refuses):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with refuses(what="is not a regular file", where=f"data.path={path}", do=WANTED):
        read(str(path))


@pytest.mark.parametrize("path", ["~nobody-of-this-name/x.npz", "x" * 5000])
def test_a_name_that_cannot_be_looked_up(path, refuses):
    with refuses(what="cannot be read", where="data.path=", do=WANTED):
        read(path)


@pytest.mark.parametrize("path", ["images\n.npz", "x\0y"])
def test_a_name_that_cannot_be_printed(path, refuses):
    with refuses(what="holds unprintable characters", where=f"data.path={path!r}", do="rename it"):
        read(path)


def test_a_folder_that_may_not_be_entered(tmp_path, refuses, monkeypatch):
    def denied(self, **_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.stat", denied)
    with refuses(what="Permission denied", where=f"data.path={tmp_path}", do=WANTED):
        read(str(tmp_path))
