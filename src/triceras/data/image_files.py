"""Finds pictures in folders of classes, and decodes them."""

import hashlib
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from triceras.errors import UserError, one_line

log = logging.getLogger(__name__)

ENDINGS = (".png", ".jpg", ".jpeg")
# Pictures as well, which are left out.
OTHERS = (
    *(".avif", ".bmp", ".gif", ".heic", ".jfif", ".jp2", ".jxl"),
    *(".pbm", ".pgm", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp"),
)
SPLITS = ("train", "validation", "test")
HOW = ("resize", "crop")
# Pictures are decoded so many at a time, in threads, as most of it does not hold Python up.
THREADS = 4
# What was said of transparent pictures, which threads decode side by side.
TELLING, TOLD = threading.Lock(), set[str]()


def found_in(path: Any) -> tuple[dict[str, list[tuple[Path, str | None]]], str]:
    """The pictures of a folder and their classes, by split, and a SHA-256 of the files.

    Args:
        path: a folder with a folder of pictures for each class, or with pictures of no class, or
            with folders `train`, `validation` and `test` of such.

    Returns:
        By split, in the order of their names, each picture's file and class; where there are no
        folders of splits, all are of `train`. A class is `None` where there are none. And the
        SHA-256 of all names and files.

    Raises:
        UserError: it is no such folder.
    """
    where = f"data.path={path}"
    wanted = "give a folder with a folder of PNG or JPEG files for each class, or with such files"
    if not path or not str(path).isprintable():
        raise UserError(f"data.path={str(path)!r} is no path: {wanted}")
    root = Path(str(path)).expanduser()
    if not root.is_dir():
        raise UserError(f"{where} is no folder: {wanted}")
    named = [root / split for split in SPLITS if (root / split).is_dir()]
    if named and not (root / "train").is_dir():
        raise UserError(f"{where} has a folder {named[0].name} and none called train")
    try:
        if named:
            check_others(root)
        splits = {folder.name: pictures_of(folder) for folder in named} or {
            "train": pictures_of(root)
        }
        for split, pictures in splits.items():
            if not pictures:
                raise UserError(f"{root / split if named else where} has no pictures: {wanted}")
        if len({label is None for pictures in splits.values() for _, label in pictures}) > 1:
            raise UserError(
                f"{where}: some of {', '.join(splits)} have folders of classes and others have none"
            )
        digest = hashlib.sha256()
        for file, _ in [one for pictures in splits.values() for one in pictures]:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    except OSError as error:
        raise UserError(f"{where} cannot be read ({error.strerror}): check its rights") from error
    return splits, digest.hexdigest()


def pictures_of(folder: Path) -> list[tuple[Path, str | None]]:
    """All pictures in the folders of a folder, and their classes; or else all of no class."""
    found: list[tuple[Path, str | None]] = []
    for label in sorted(one for one in seen_in(folder) if one.is_dir()):
        inside = sorted(seen_in(label))
        pictures = [file for file in inside if file.suffix.lower() in ENDINGS]
        folders = [one for one in inside if one.is_dir()]
        if folders and not pictures:
            raise UserError(
                f"{label} has folders and no pictures, so it is no class: give the folder whose "
                "folders hold the pictures"
            )
        for one in folders:
            if has_pictures(one):
                raise UserError(
                    f"{label} has pictures, and {one.name} in it has some as well, which would be "
                    "left out: put them into one folder for each class"
                )
        found += [(file, label.name) for file in pictures]
        tell_of_left_out(label, inside, no_class=not pictures)
    inside = sorted(seen_in(folder))
    without: list[tuple[Path, str | None]] = [
        (file, None) for file in inside if file.suffix.lower() in ENDINGS
    ]
    tell_of_left_out(folder, inside)
    if found and without:
        raise UserError(
            f"{folder} has pictures ({without[0][0].name}) beside its folders of classes: put them "
            "into one, or take them out"
        )
    return found or without


def check_others(root: Path) -> None:
    """Checks that there are no pictures beside the folders of splits.

    Raises:
        UserError: there are, in a folder of another name, so that they would be left out.
    """
    for one in sorted(seen_in(root)):
        if one.is_dir() and one.name not in SPLITS and has_pictures(one):
            raise UserError(
                f"data.path={root} has pictures in {one.name} beside train: only "
                f"{', '.join(SPLITS)} are looked for; rename it, or take it out"
            )


def has_pictures(folder: Path) -> bool:
    """Whether a folder, or one in it, has pictures."""
    return any(file.suffix.lower() in (*ENDINGS, *OTHERS) for file in folder.rglob("*.*"))


def seen_in(folder: Path) -> list[Path]:
    """What is in a folder, but for what systems hide there."""
    return [one for one in folder.iterdir() if one.name[0] != "."]


def tell_of_left_out(folder: Path, inside: Sequence[Path], no_class: bool = False) -> None:
    """Warns of pictures of other kinds, and of a folder that would be a class if it had some.

    Args:
        folder: of pictures.
        inside: what is in it.
        no_class: whether it is a folder of a class, and has no pictures.
    """
    others = [file.name for file in inside if file.suffix.lower() in OTHERS]
    if others:
        log.warning(
            f"pictures that are no PNG or JPEG are left out of {folder}: {len(others)}, as "
            f"{others[0]}; convert them"
        )
    if no_class:
        log.warning(f"{folder} has no PNG or JPEG files, and is not counted as a class")


def decoded(file: Path, size: Sequence[int], grey: bool, how: str) -> np.ndarray:
    """A picture as uint8 `(height, width, channels)`.

    Args:
        file: of it.
        size: height and width.
        grey: one channel instead of three.
        how: `resize` to this size, whatever the proportions; or `crop`, by which as much of the
            middle as has them is resized.

    Raises:
        UserError: it cannot be decoded.
    """
    from PIL import Image, ImageOps

    height, width = size
    try:
        with Image.open(file) as opened:
            # What a camera notes of how it was held is not in the pixels.
            upright = ImageOps.exif_transpose(opened)
            if upright.has_transparency_data and is_transparent(upright):
                tell_of_transparency(str(file.parent))
            picture = of_bytes(upright).convert("L" if grey else "RGB")
        if how == "crop":
            picture = ImageOps.fit(picture, (width, height), Image.Resampling.BILINEAR)
        elif picture.size != (width, height):
            picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    # Pillow raises whatever its decoders come upon.
    except Exception as error:
        raise UserError(
            f"{file} cannot be decoded ({one_line(error)}): take it out, or put a whole one there"
        ) from error
    return np.asarray(picture, np.uint8).reshape(height, width, -1)


def is_transparent(picture: Any) -> bool:
    """Whether one of the pixels of a picture that says so lets something through."""
    return picture.convert("RGBA").getextrema()[3][0] < 255


def tell_of_transparency(folder: str) -> None:
    """Warns, once, of pixels whose colour is what nobody sees."""
    with TELLING:
        if TOLD:
            return
        TOLD.add(folder)
    log.warning(
        "pictures in %s are transparent: their pixels are taken in the colours that lie beneath, "
        "often black; put them on the background that is meant, and save them without alpha",
        folder,
    )


def of_bytes(picture: Any) -> Any:
    """A picture whose numbers are up to 255; Pillow would cut those of 16 bits off there."""
    if not picture.mode.startswith("I"):
        return picture
    from PIL import Image

    # 65535 is white, as 255 is.
    return Image.fromarray(np.rint(np.asarray(picture, np.float64) / 257).astype(np.uint8))
