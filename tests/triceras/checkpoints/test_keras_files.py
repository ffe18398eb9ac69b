import shutil
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

from triceras.checkpoints.keras_files import copy, load, save
from triceras.checkpoints.seal import seal_file
from triceras.errors import UserError
from triceras.testing.damage import damages
from triceras.testing.small.autoencoder import NoisyAutoencoder


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    return model


def values(model):
    return [np.array(keras.ops.convert_to_numpy(v)) for v in model.variables]


def test_save_and_load_keep_weights_and_optimizer(model, tmp_path):
    save(model, tmp_path / "last.keras")
    loaded = load(tmp_path / "last.keras")
    for a, b in zip(values(model), values(loaded), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (a, b)))
    assert [path.name for path in tmp_path.iterdir()] == ["last.keras"]


def test_full_disk_keeps_the_previous_file(model, tmp_path, monkeypatch):
    path = tmp_path / "last.keras"
    save(model, path)
    before = path.read_bytes()

    def half(self, target, *args, **kwargs):
        target.write_bytes(before[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(model), "save", half)
    with pytest.raises(UserError, match=r"cannot save the checkpoint .*No space left.*last good"):
        save(model, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_copy_is_the_same_model_or_leaves_the_previous_file(model, tmp_path, monkeypatch):
    last, best = tmp_path / "last.keras", tmp_path / "best.keras"
    save(model, last)
    copy(last, best)
    for a, b in zip(values(model), values(load(best)), strict=True):
        np.testing.assert_array_equal(a, b)

    def half(source, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", half)
    with pytest.raises(UserError, match=r"cannot save the checkpoint .*best.*No space left"):
        copy(last, best)
    assert best.read_bytes() == last.read_bytes()
    assert sorted(tmp_path.iterdir()) == [best, last]


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match="there is no checkpoint"):
        load(tmp_path / "last.keras")


def test_a_damaged_file_is_named_in_one_line(model, tmp_path):
    path = tmp_path / "last.keras"
    save(model, path)
    content = path.read_bytes()
    for damaged in damages(content):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=r"last\.keras is damaged") as caught:
            load(path)
        assert "\n" not in str(caught.value)


@pytest.mark.once
@pytest.mark.slow
def test_a_new_process_finds_the_classes_of_this_package(tmp_path):
    model = NoisyAutoencoder()
    model.build((None, 4))
    model.compile("adam", "mse")
    save(model, tmp_path / "last.keras")
    program = f"""
from pathlib import Path
from triceras.lean_keras import keep_lean
keep_lean()
from triceras.checkpoints.keras_files import load
print(type(load(Path({str(tmp_path / "last.keras")!r}))).__name__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "NoisyAutoencoder\n", done.stderr


@pytest.mark.slow
def test_keras_reads_it_by_itself(model, tmp_path):
    save(model, tmp_path / "last.keras")
    loaded = keras.saving.load_model(tmp_path / "last.keras")
    for a, b in zip(values(model), values(loaded), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.parametrize("name", ["../../escaped", "/etc/escaped", "a/../../b", "C:\\escaped"])
def test_a_path_that_leaves_the_archive_is_refused(model, tmp_path, name):
    path = tmp_path / "last.keras"
    save(model, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "text")
    seal_file(path)
    with pytest.raises(UserError, match="is not to be trusted: it holds the path"):
        load(path)


def test_code_in_a_file_is_never_run(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2)])
    save(model, tmp_path / "last.keras")
    with pytest.raises(UserError, match="cannot be read"):
        load(tmp_path / "last.keras")
