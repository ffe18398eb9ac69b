"""Makes a `Dataset` of a source: splits it, then scales and binarizes each split."""

import dataclasses
import math

import numpy as np

from triceras.data.augment import FreshBernoulli
from triceras.data.checks import CLASSES, IMAGE, LABEL
from triceras.data.dataset import Dataset, Split
from triceras.data.options import Options, check_sizes
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.data.source import Source
from triceras.data.splits import partition
from triceras.data.transforms import bernoulli, grey_levels, threshold

STREAMS = {"train": 1, "validation": 2, "test": 3}


def assemble(
    name: str,
    source: Source,
    options: Options,
    *,
    validation_size: int,
    test_size: int | None,
    largest_grey: int,
    memory_mb: float = math.inf,
) -> Dataset:
    """Makes a `Dataset` of a source.

    Args:
        name: name of the source.
        source: the images as they are stored.
        options: what to make of them.
        validation_size: number of images to hold out for validation; 0 for none.
        test_size: number of images to hold out for the test; `None` for the source's own test set.
        largest_grey: the grey level of full ink.
        memory_mb: the largest split, in MiB as it is stored, that is brought into memory where
            the source has left its images on disk.

    Returns:
        A `Dataset` in which no image of the source is in two splits.

    Raises:
        UserError: the sizes leave no image to train on, or are no sizes.
    """
    count = len(source.train)
    check_sizes(name, count, validation_size, test_size, "image")
    held_out = (test_size or 0, validation_size)
    test, validation, train = partition(count, held_out, options.split_seed)

    def finish(stored: Split, positions: np.ndarray, part: str, training: bool = False) -> Split:
        def prepare(images: np.ndarray, numbers: np.ndarray) -> np.ndarray:
            x = grey_levels(images, largest_grey, options.scale)
            if options.binarize == "threshold":
                x = threshold(x)
            elif options.binarize == "fixed" or (options.binarize == "fresh" and not training):
                x = bernoulli(x, options.split_seed, STREAMS[part], numbers)
            return x.reshape(len(x), -1) if options.flatten else x[..., np.newaxis]

        held = stored[IMAGE]
        if isinstance(held, RowsOnDisk):
            picked = dataclasses.replace(held.pick(positions), prepare=prepare)
            images = picked if picked.nbytes > memory_mb * 2**20 else picked[:]
        else:
            # Fresh memory costs time at the start of a run, so all images are not copied.
            whole = np.array_equal(positions, np.arange(len(held)))
            images = prepare(held if whole else held[positions], np.arange(len(positions)))
        labels = stored[LABEL][positions].astype(np.int32)
        return Split({IMAGE: images, LABEL: labels}, positions)

    if source.test is None:
        test_split = finish(source.train, test, "test")
    else:
        test_split = finish(source.test, np.arange(len(source.test)), "test")
    height, width = source.train.shape(IMAGE)
    fresh = options.binarize == "fresh"
    return Dataset(
        name=name,
        train=finish(source.train, train[: options.limit], "train", training=True),
        validation=finish(source.train, validation, "validation") if validation_size else None,
        test=test_split,
        classes=CLASSES,
        image_shape=(height, width, 1),
        sha256=source.sha256,
        augment=[FreshBernoulli(IMAGE)] if fresh else (),
        train_in_tests=(
            (lambda: finish(source.train, train[: options.limit], "train")) if fresh else None
        ),
        inputs=IMAGE,
        labels=LABEL,
    )
