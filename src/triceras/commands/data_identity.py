"""Which data a file was made of: of one name are all tables in files, and one generator."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triceras.checkpoints.finished import Run
from triceras.settings import plain
from triceras.tracking.redaction import without_secrets

KEYS = ("data", "data_sha256", "data_settings")


def identity(run: Run) -> dict[str, Any]:
    """The data that a run is looked at with: their name, content and settings."""
    settings = without_secrets(plain(run.config.data))
    return dict(zip(KEYS, (run.data.name, run.data.sha256, settings), strict=True))


def is_of_the_same(path: Path, described: Mapping[str, Any]) -> bool:
    """Whether a JSON file is of the same data as another, in the same form.

    Args:
        path: of the file.
        described: what is known of the other, with the keys of `identity`.
    """
    try:
        before = json.loads(path.read_text())
    except (OSError, ValueError):
        return False
    now = json.loads(json.dumps(described, default=str))
    # Of an earlier version, it does not say its settings.
    return all(before.get(key, now[key]) == now[key] for key in KEYS)


def short_hash(described: Mapping[str, Any]) -> str:
    """Eight digits that are others for other data."""
    own = json.dumps({key: described[key] for key in KEYS}, sort_keys=True, default=str)
    return hashlib.sha256(own.encode()).hexdigest()[:8]
