import os

import pytest

from triceras import backend
from triceras.errors import UserError


def test_unknown_backend_is_told_the_known_ones():
    with pytest.raises(UserError, match=r"backend=theano is unknown: use one of jax, tensorflow, "):
        backend.use("theano")


def test_backend_that_is_not_installed_names_the_extra(monkeypatch):
    monkeypatch.setattr(backend.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="make setup BACKEND=torch"):
        backend.use("torch")


def test_second_backend_in_a_process_is_refused(monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "other")
    with pytest.raises(UserError, match="Keras already runs on other in this process"):
        backend.use(backend.installed()[0])


def test_shell_variables_win_over_configured_ones(monkeypatch):
    name = os.environ["KERAS_BACKEND"]
    monkeypatch.setenv("TRICERAS_SET", "by the shell")
    monkeypatch.delenv("TRICERAS_UNSET", raising=False)
    backend.use(name, {"TRICERAS_SET": "by the file", "TRICERAS_UNSET": "1"})
    assert os.environ["TRICERAS_SET"] == "by the shell"
    assert os.environ.pop("TRICERAS_UNSET") == "1"


def test_folders_for_programs_that_cannot_be_made_are_said_and_not_named(tmp_path, capsys):
    (tmp_path / "file").touch()
    wanted = {f"TRICERAS_{name}_CACHE_DIR": str(tmp_path / name / "x") for name in ("file", "new")}
    backend.use(os.environ["KERAS_BACKEND"], wanted)
    assert os.environ.pop("TRICERAS_new_CACHE_DIR") == str(tmp_path / "new" / "x")
    assert (tmp_path / "new" / "x").is_dir()
    assert "TRICERAS_file_CACHE_DIR" not in os.environ
    assert capsys.readouterr().err.startswith("WARNING: what is compiled is not kept for later")
