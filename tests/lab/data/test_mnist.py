import keras
import numpy as np
import pytest

from lab.data.mnist import load
from triceras.data.augment import FreshBernoulli
from triceras.data.rows_on_disk import RowsOnDisk


@pytest.fixture
def chosen(options):
    def make(path, **changes):
        changes = {"validation_size": 50, **options(**changes)}
        return {"path": path and str(path), "download_timeout": 5, "memory_mb": 1024, **changes}

    return make


def test_a_file(npz_file, arrays, chosen):
    data = load(**chosen(npz_file(), flatten=False))
    assert (data.name, data.classes, data.image_shape) == ("mnist", 10, (28, 28, 1))
    assert (len(data.train), len(data.validation), len(data.test)) == (250, 50, 60)
    np.testing.assert_array_equal(
        data.test["image"][..., 0], arrays["x_test"].astype("float32") / np.float32(255)
    )
    np.testing.assert_array_equal(data.test["label"], arrays["y_test"])


def test_a_folder_gives_the_same_splits_as_a_file(npz_file, idx_folder, chosen):
    a, b = (load(**chosen(path, binarize="fixed")) for path in (npz_file(), idx_folder(True)))
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(a, name)["image"], getattr(b, name)["image"])


def test_a_file_is_read_without_a_download(npz_file, chosen, monkeypatch):
    monkeypatch.setattr(keras.datasets.mnist, "load_data", None)
    assert load(**chosen(npz_file(), limit=7)).train["image"].shape == (7, 784)


def test_the_download(arrays, chosen, monkeypatch):
    x_train, y_train, x_test, y_test = arrays.values()
    monkeypatch.setattr(
        keras.datasets.mnist, "load_data", lambda: ((x_train, y_train), (x_test, y_test))
    )
    data = load(**chosen(None, binarize="fresh"))
    assert len(data.train) == 250
    assert data.augment == [FreshBernoulli("image")]


def test_no_network(chosen, monkeypatch, refuses):
    def unreachable():
        raise Exception("URL fetch failure on\n somewhere")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", unreachable)
    with refuses(what="URL fetch failure on somewhere", where="data=mnist", do="data=mnist_5k"):
        load(**chosen(None))


def test_a_missing_file(tmp_path, chosen, refuses):
    path = tmp_path / "none.npz"
    with refuses(what="does not exist", where=path, do="check its spelling"):
        load(**chosen(path))


def test_an_empty_path_is_not_a_download(chosen, refuses):
    with refuses(what="is empty", where="data.path", do="give an .npz file"):
        load(**{**chosen(None), "path": ""})


@pytest.mark.parametrize("binarize", ["none", "threshold", "fixed", "fresh"])
def test_images_that_stay_on_disk_are_the_same(idx_folder, chosen, binarize):
    folder = idx_folder()
    whole = load(**chosen(folder, binarize=binarize))
    on_disk = load(**(chosen(folder, binarize=binarize) | {"memory_mb": 0.1}))
    assert isinstance(on_disk.train["image"], RowsOnDisk)
    assert isinstance(on_disk.validation["image"], np.ndarray)
    rows = np.array([100, 3, 3, 249])
    assert on_disk.train["image"].shape == whole.train["image"].shape
    np.testing.assert_array_equal(on_disk.train["image"][rows], whole.train["image"][rows])
    np.testing.assert_array_equal(on_disk.train["image"][:], whole.train["image"])
    np.testing.assert_array_equal(on_disk.validation["image"], whole.validation["image"])
