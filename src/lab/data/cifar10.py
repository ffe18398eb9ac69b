"""CIFAR-10: 50,000 colour pictures of ten kinds of things to train on and 10,000 to test, 32x32."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from triceras.data import Dataset, only_reads, split_parts
from triceras.errors import UserError

TRAIN = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
TEST = ("test_batch.bin",)
NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
# A byte of the label, and a byte for each pixel: all of red, then green, then blue.
ROW = 1 + 3 * 32 * 32


@only_reads
def load(
    *,
    path: str,
    validation_size: float,
    split_seed: int,
    scale: bool,
    limit: int | None,
) -> Dataset:
    """Loads CIFAR-10 from the files of its binary version.

    Args:
        path: the folder of data_batch_1.bin to data_batch_5.bin and test_batch.bin.
        validation_size: training pictures to hold out for validation, or their share.
        split_seed: fixes which these are.
        scale: float32 from 0 to 1 instead of bytes.
        limit: at most this many training pictures; `None` for all.

    Returns:
        A `Dataset` that declares `class_names`.

    Raises:
        UserError: a file is missing or damaged, or an option is not an allowed one.

    Reference:
        [Krizhevsky, 2009](https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf).
    """
    if not path:
        raise UserError(
            f"data.path={path} is no path: give the folder of CIFAR-10's binary version"
        )
    if not isinstance(scale, bool):
        raise UserError(f"data.scale={scale} is unknown: use true or false")
    digest = hashlib.sha256()
    train, test = (read(Path(path).expanduser(), names, digest, scale) for names in (TRAIN, TEST))
    return split_parts(
        "cifar10",
        train,
        test=test,
        validation_size=validation_size,
        split_seed=split_seed,
        limit=limit,
        classes=len(NAMES),
        inputs="image",
        labels="label",
        declares={"class_names": list(NAMES)},
        sha256=digest.hexdigest(),
    )


def read(
    folder: Path, names: Sequence[str], digest: "hashlib._Hash", scale: bool
) -> dict[str, np.ndarray]:
    """Pictures `(n, 32, 32, 3)` and labels of some files, whose bytes a digest is told."""
    rows = []
    for name in names:
        file = folder / name
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UserError(
                f"{file} cannot be read ({error.strerror}): give data.path=<folder> of CIFAR-10's "
                f"binary version, with {', '.join((*TRAIN, *TEST))}"
            ) from error
        if not content or len(content) % ROW:
            raise UserError(
                f"{file} has {len(content)} bytes; wanted are {ROW} for each picture: copy or "
                "download it again"
            )
        digest.update(content)
        rows.append(np.frombuffer(content, np.uint8).reshape(-1, ROW))
    together = np.concatenate(rows)
    label = together[:, 0].astype(np.int32)
    if label.max() >= len(NAMES):
        raise UserError(
            f"{folder} has labels up to {label.max()}; wanted are 0 to {len(NAMES) - 1}: it is not "
            "CIFAR-10's binary version"
        )
    image = np.ascontiguousarray(together[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    return {"image": image / np.float32(255) if scale else image, "label": label}
