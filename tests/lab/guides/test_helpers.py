import os
import subprocess
import sys

import helpers
import pytest
from matplotlib.figure import Figure

from triceras.errors import UserError

pytestmark = pytest.mark.once


def test_a_figure_is_saved_and_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    figure = Figure()
    figure.subplots()
    picture = helpers.show(figure, "axes")
    path = tmp_path / "outputs" / "guides" / os.environ["KERAS_BACKEND"] / "axes.png"
    assert path.read_bytes() == picture._repr_png_()
    assert picture._repr_png_().startswith(b"\x89PNG")
    assert capsys.readouterr().out == f"figure: {path.relative_to(tmp_path)}\n"


def test_source_is_printed_without_the_indentation_of_a_class(capsys):
    class Layer:
        def call(self):
            return 1

    helpers.print_source(Layer.call)
    assert capsys.readouterr().out == "def call(self):\n    return 1\n\n"


@pytest.mark.slow
def test_digits_are_split_and_binary_where_asked_for():
    data = helpers.digits(binarize="fixed")
    assert data.train["image"].shape == (4000, 784)
    assert data.test["image"].shape == (1000, 784)
    assert set(data.train["image"][:10].ravel()) == {0.0, 1.0}


def test_unknown_backend():
    with pytest.raises(UserError, match="backend=theano is unknown"):
        helpers.start("theano")


@pytest.mark.slow
def test_helpers_leave_the_choice_of_a_backend_open():
    """`start` could not choose any more if the import of this module had imported Keras."""
    program = "import sys, helpers; sys.exit('keras' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(helpers.__file__)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, timeout=60)
    assert done.returncode == 0
