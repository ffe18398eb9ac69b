"""Data for commands made at random: few random images in the form of MNIST's."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

SIDE, CLASSES, BATCH = 28, 10, 16


def images(count: int, seed: int = 0) -> np.ndarray:
    """Bytes `(count, 28, 28)`."""
    return np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE), "uint8")


def write_file(path: Path) -> None:
    """Writes an `.npz` file with the names of MNIST's."""
    x, y = images(120), np.arange(120, dtype="uint8") % CLASSES
    np.savez(path, x_train=x[:100], y_train=y[:100], x_test=x[100:], y_test=y[100:])


def write_folder(path: Path) -> None:
    """Writes a folder of PNG files for each of two classes."""
    for i, image in enumerate(images(40)):
        folder = path / f"class_{i % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{i}.png")


def arrays() -> dict[str, np.ndarray]:
    """For `data=python`: flat images and their labels."""
    x = images(96).reshape(96, -1).astype("float32") / 255
    return {"image": x, "label": np.arange(96) % CLASSES}


def batches() -> Iterator[dict[str, np.ndarray]]:
    """For `data=stream`: the same, some at a time."""
    whole = arrays()
    for start in range(0, len(whole["label"]), BATCH):
        yield {name: array[start : start + BATCH] for name, array in whole.items()}
