"""Pictures in folders, one for each class: the source `data=image_folder`."""

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from triceras.data.dataset import Dataset, Split
from triceras.data.image_files import HOW, found_in
from triceras.data.rows_of_files import RowsOfFiles
from triceras.data.split_parts import split_parts
from triceras.errors import UserError

log = logging.getLogger(__name__)

IMAGE, LABEL, ROW = "image", "label", "row"


def load(
    *,
    path: str,
    size: Sequence[int],
    resize: str = "resize",
    grey: bool = False,
    scale: bool = True,
    memory_mb: float | None = math.inf,
    kept: Mapping[str, Any] | None = None,
    **options: Any,
) -> Dataset:
    """Loads pictures, the part `image`, and what their folders are called, the part `label`.

    Args:
        path: a folder with a folder of PNG or JPEG files for each class, or with such files, which
            have no label then; or with folders `train`, `validation` and `test` of such. What is
            not there of the two last is held out of the others, of each class the same share. Rows
            are counted in the order of the names.
        size: height and width to which pictures are resized.
        resize: `resize`, whatever the proportions, or `crop`, by which as much of the middle as
            has them is resized.
        grey: one channel instead of three.
        scale: float32 from 0 to 1 instead of bytes.
        memory_mb: pictures that take more, in MiB, are decoded anew each time they are needed;
            `None` for no such limit.
        kept: what the run has kept of its data.
        **options: of `triceras.data.split_parts`: `validation_size`, `test_size`, `split_seed`,
            `folds`, `fold` and `limit`.

    Returns:
        A `Dataset` that declares `class_names`, where there are classes.

    Raises:
        UserError: the folder is not what it should be, or an option is not an allowed one.
    """
    height_width = checked_size(size)
    if resize not in HOW:
        raise UserError(f"data.resize={resize} is unknown: use one of {', '.join(HOW)}")
    for name, value in (("grey", grey), ("scale", scale)):
        if not isinstance(value, bool):
            raise UserError(f"data.{name}={value} is unknown: use true or false")
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise UserError("data=image_folder needs Pillow: pip install pillow") from error
    found, sha256 = found_in(path)
    files = [file for pictures in found.values() for file, _ in pictures]
    rows, at = {}, 0
    label = LABEL if found["train"][0][1] is not None else None
    for split, pictures in found.items():
        rows[split] = {ROW: np.arange(at, at + len(pictures))}
        if label:
            rows[split][label] = np.array([name for _, name in pictures])
        at += len(pictures)
    if label:
        tell_of_own_classes(path, {split: parts[label] for split, parts in rows.items()})
    table = split_parts(
        Path(path).expanduser().name,
        rows["train"],
        validation=rows.get("validation"),
        test=rows.get("test"),
        stratify=label,
        labels=label,
        sha256=sha256,
        kept=kept,
        **options,
    )
    limit_mb = math.inf if memory_mb is None else memory_mb
    everything = RowsOfFiles(files, height_width, grey, resize)
    in_memory = math.prod(everything.shape) * (4 if scale else 1) <= limit_mb * 2**20

    def with_pictures(split: Split | None) -> Any:
        if split is None:
            return None
        numbers = split[ROW]
        images: Any = RowsOfFiles([files[n] for n in numbers], height_width, grey, resize)
        if in_memory:
            images = images[:]
        if scale:
            images = scaled(images) if in_memory else ScaledRows(images)
        labels = {label: split[label]} if label else {}
        return Split({IMAGE: images, **labels}, split.numbers)

    return Dataset(
        name=table.name,
        train=with_pictures(table.train),
        validation=with_pictures(table.validation),
        test=with_pictures(table.test),
        classes=table.classes,
        image_shape=(*height_width, 1 if grey else 3),
        sha256=sha256,
        inputs=IMAGE,
        labels=label,
        declares={"class_names": table.kept["vocabularies"][label]} if label else {},
        kept=table.kept,
    )


def tell_of_own_classes(path: str, labels: Mapping[str, np.ndarray]) -> None:
    """Says which class folders of the other splits the training pictures have none of."""
    known = set(labels["train"])
    for split, names in labels.items():
        own = sorted(set(names) - known)
        if own:
            log.warning(
                "%s: %s has pictures in %s, and train has no folder of that name: nothing of it is "
                "trained on, and all of them count as wrong",
                path,
                split,
                ", ".join(own),
            )


def checked_size(size: Any) -> tuple[int, int]:
    """Height and width.

    Raises:
        UserError: they are no two whole numbers.
    """
    numbers: list[Any] = (
        list(size) if isinstance(size, Sequence) and not isinstance(size, str) else [size]
    )
    if len(numbers) != 2 or any(
        isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in numbers
    ):
        raise UserError(f"data.size={size} is unknown: use [height,width], as in data.size=[32,32]")
    return numbers[0], numbers[1]


def scaled(images: np.ndarray) -> np.ndarray:
    """Bytes as float32 from 0 to 1."""
    return images.astype(np.float32) / np.float32(255)


class ScaledRows:
    """Pictures that are decoded and scaled when they are asked for.

    Args:
        images: `RowsOfFiles`.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, images: RowsOfFiles):
        self.images = images
        self.shape = images.shape

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: slice | np.ndarray) -> np.ndarray:
        return scaled(self.images[index])
