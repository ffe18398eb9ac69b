"""A project of broken parts, in a copy of the small experiments' configuration."""

import shutil
import sys
import textwrap
from pathlib import Path

import keras
import pytest

from triceras.random.install import install, uninstall
from triceras.testing import small
from triceras.testing.inherited.examples import classes


@pytest.fixture(scope="module", autouse=True)
def as_keras_was():
    install()
    yield
    uninstall()
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """A function that adds a file to a copy of the small `conf/`; its folder is chosen."""
    folder = Path(shutil.copytree(small.CONF, tmp_path / "conf"))
    monkeypatch.setenv("TRICERAS_CONF", str(folder))

    def write(name: str, text: str) -> Path:
        path = folder / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text).strip() + "\n")
        return path

    return write


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function that writes a module of a package of the project's own; returns the package."""
    name = f"own_{tmp_path.name}".replace("-", "_")
    monkeypatch.syspath_prepend(tmp_path / "src")
    written = []

    def write(module: str, text: str) -> str:
        path = tmp_path / "src" / name / f"{module.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in (path.parent, tmp_path / "src" / name):
            (folder / "__init__.py").touch()
        head = "import keras\nfrom keras import ops\nfrom keras.saving import *\n"
        path.write_text(head + textwrap.dedent(text))
        written.append(module)
        return name

    yield write
    classes.cache_clear()
    for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[module]
