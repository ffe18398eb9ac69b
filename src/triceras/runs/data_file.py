"""What a run keeps of its data, so that other data are seen as it saw its own."""

import json
from pathlib import Path
from typing import Any

from triceras.data.dataset import Dataset
from triceras.errors import UserError
from triceras.runs.folder import write_json

NAME = "data.json"


def keep(folder: Path, data: Dataset) -> None:
    """Writes `Dataset.kept` into a run folder, where there is something."""
    if data.kept:
        write_json(folder / NAME, dict(data.kept))


def kept(folder: Path | None) -> dict[str, Any] | None:
    """What a run has kept of its data.

    Args:
        folder: the run folder, or `None` for a run that has none yet.

    Returns:
        `Dataset.kept`, or `None` where nothing was kept.

    Raises:
        UserError: the file cannot be read.
    """
    path = folder / NAME if folder else None
    if path is None or not path.exists():
        return None
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read ({error}): put it back, as other data would not be seen as the "
            "run saw its own"
        ) from error
