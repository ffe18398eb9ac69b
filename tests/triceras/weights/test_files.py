import pickle

import numpy as np
import pytest

from triceras.errors import UserError
from triceras.testing.backbone import build_classifier
from triceras.weights.files import PICKLES, read_weights, weights_file

pytestmark = pytest.mark.once


@pytest.mark.parametrize("ending", PICKLES)
def test_pickles_are_refused_before_they_are_looked_at(ending):
    with pytest.raises(UserError, match="may be a pickle, which can run any code and is never"):
        weights_file(f"weights{ending}")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.onnx", "is no file of weights that is known: give a run folder or one of"),
        ("model.h5", "is no file of weights that is known"),
        ("missing.npz", "there is no such file"),
        (".", "is no run folder with a checkpoint"),
    ],
)
def test_other_files_are_refused(tmp_path, name, message):
    with pytest.raises(UserError, match=message):
        weights_file(tmp_path / name)


def test_of_a_run_folder_the_best_checkpoint_comes_first(tmp_path):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for name in ("step-00000020.npz", "step-00000100.npz", "last.npz", "best.npz"):
        (folder / name).touch()
    for name in ("best.npz", "last.npz", "step-00000100.npz"):
        assert weights_file(tmp_path).name == name
        (folder / name).unlink()


def explode():
    raise AssertionError("a pickle was loaded")


class Exploding:
    def __reduce__(self):
        return explode, ()


def test_python_objects_within_arrays_are_not_loaded(tmp_path):
    path = tmp_path / "arrays.npz"
    np.savez(path, a=np.array([Exploding()], dtype=object))
    with pytest.raises(UserError, match="a holds Python objects, which are never loaded"):
        read_weights(path, build_classifier())
    path.write_bytes(pickle.dumps(Exploding()))
    with pytest.raises(UserError, match=r"arrays\.npz cannot be read: "):
        read_weights(path, build_classifier())


@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".safetensors"])
def test_a_damaged_file_is_told_in_one_line(tmp_path, ending):
    path = tmp_path / f"damaged{ending}"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(UserError, match="cannot be read: ") as caught:
        read_weights(path, build_classifier())
    assert "\n" not in str(caught.value)
