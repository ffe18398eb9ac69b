"""Settings that look like secrets, without which a run's configuration is kept."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triceras.runs import record
from triceras.tracking.redaction import left_out

# Of these, what a run computes depends on all settings.
COMPUTED = ("data", "model", "optimizer", "loop", "step", "augment", "callback")
KEY = "not_kept"

log = logging.getLogger(__name__)


def note(folder: Path, config: Mapping[str, Any]) -> None:
    """Warns of what the folder of a run does not keep of its settings, and notes their names.

    Args:
        folder: the run folder, with its record.
        config: of the run.
    """
    names = [name for part in COMPUTED for name in left_out({part: config.get(part)})]
    if names:
        record.update(folder, {KEY: names})
        log.warning(
            "%s looks like a secret, and is not kept in config.yaml: evaluate.py, predict.py, "
            "export.py and resume= take the default of its class; where it is none, give it "
            "another name",
            ", ".join(names),
        )


def tell(folder: Path) -> None:
    """Warns, where a run is looked at again, of what was left out of its configuration."""
    names = record.read(folder).get(KEY) if (folder / record.FILE).exists() else None
    if names:
        log.warning(
            "%s of %s looked like a secret, and was not kept: unless it is given again, the "
            "default of its class is taken",
            ", ".join(names),
            folder,
        )
