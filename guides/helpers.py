"""What the guides share: a start on any backend, digits to learn from, and ways to show things."""

import inspect
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from lab.data import mnist_5k
from triceras import backend
from triceras.config import compose
from triceras.data.dataset import Dataset

PICTURES = Path("outputs/guides")


def start(name: str | None = None) -> None:
    """Makes Keras run on a backend, with the same random numbers on each. Call it first.

    Args:
        name: `"jax"`, `"tensorflow"` or `"torch"`; by default what the environment variable
            `KERAS_BACKEND` names, else the first that is installed.

    Raises:
        UserError: the backend is unknown or not installed, or Keras already runs on another.
    """
    name = name or os.environ.get("KERAS_BACKEND") or next(iter(backend.installed()), "jax")
    known = name in backend.BACKENDS
    backend.use(name, compose([f"backend={name}"]).backend.environment if known else None)
    # Keras is imported from here on, on the backend that was chosen above.
    import keras

    from triceras.lazy_tensorflow import keep_tensorflow_out
    from triceras.random.install import install

    keep_tensorflow_out()
    install()
    keras.utils.set_random_seed(0)
    print(f"Keras {keras.__version__} on {name}")


def digits(binarize: str = "none") -> Dataset:
    """Real MNIST digits as vectors `(784,)` in [0, 1]: 4,000 to train on and 1,000 to test on.

    Args:
        binarize: see `triceras.data.options.Options`.
    """
    return mnist_5k.load(
        validation_size=0,
        test_size=1000,
        split_seed=0,
        flatten=True,
        scale=True,
        binarize=binarize,
        limit=None,
    )


def print_source(*functions: Callable[..., Any]) -> None:
    """Prints the code of functions and classes as it stands in the package."""
    print("\n".join(textwrap.dedent(inspect.getsource(function)) for function in functions))


class Picture:
    """A PNG file, which a notebook shows where a cell ends with it."""

    def __init__(self, path: Path):
        self.path = path

    def _repr_png_(self) -> bytes:
        return self.path.read_bytes()


def show(figure: Figure, name: str) -> Picture:
    """Saves a figure; let a cell end with it, and a notebook shows it there.

    Args:
        figure: made without pyplot.
        name: of the file, without `.png`.
    """
    path = PICTURES / os.environ["KERAS_BACKEND"] / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    print(f"figure: {path}")
    return Picture(path)
