"""The folder of a run, and how files get into it whole."""

import contextlib
import datetime
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig

from triceras.errors import UserError

RUN_DIR = "hydra.run.dir="


def create_run_folder(root: str | Path, experiment: str, name: str) -> Path:
    """Makes `root/experiment/name/<timestamp>-<unique id>`, a folder that no other run has.

    Args:
        root: the folder of all outputs.
        experiment: may hold slashes.
        name: `<backend>-<loop>-seed<seed>`.

    Returns:
        The new, empty folder; its name's last part is the run's id.

    Raises:
        UserError: the folder cannot be made.
    """
    return new_folder(Path(root) / experiment / name, "checkpoints", "figures")


def check_place() -> None:
    """Checks that nobody has typed a folder of Hydra's, in which nothing would be found.

    Raises:
        UserError: somebody has.
    """
    words = HydraConfig.get().overrides.hydra if HydraConfig.initialized() else []
    for word in words:
        if word.lstrip("+").startswith(RUN_DIR):
            raise UserError(
                f"{word} has no effect: each run makes a folder of its own, under output_dir=; set "
                "that"
            )


def new_folder(parent: Path, *parts: str) -> Path:
    """Makes `parent/<timestamp>-<unique id>` with the folders `parts` in it.

    Raises:
        UserError: it cannot be made.
    """
    timestamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    folder = parent / f"{timestamp}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=False)
        for part in parts:
            (folder / part).mkdir()
    except OSError as error:
        raise UserError(
            f"cannot write the run folder {folder}: {error.strerror}; choose another with "
            "output_dir=<folder>"
        ) from error
    return folder


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives a temporary path to write; then syncs it to disk and renames it to `path`.

    Whatever happens under way, `path` is either what it was or the whole new file.
    """
    temporary = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
        # The new name is on the disk only once the folder that holds it is.
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a dictionary, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, default=str) + "\n")
