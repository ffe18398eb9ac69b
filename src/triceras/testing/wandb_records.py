"""What W&B's own reader finds in the file of an offline run."""

import json
import subprocess
from pathlib import Path
from typing import Any

from wandb.util import get_core_path


def records_of(folder: Path) -> dict[str, list[Any]]:
    """The records of a run folder's only run, by their kinds.

    It is what `wandb leet inspect --json` prints, which begins with half a second of imports.

    Args:
        folder: of the run.

    Raises:
        subprocess.CalledProcessError: W&B cannot read the file.
    """
    (file,) = folder.glob("wandb/*run-*/*.wandb")
    reader = [get_core_path(), "leet", "inspect", "--no-observability", "--json"]
    command = [*reader, "--run-file", str(file), str(file.parent.parent)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    records: dict[str, list[Any]] = {}
    for line in lines.splitlines():
        record = json.loads(line)
        records.setdefault(record["type"], []).append(record[record["type"]])
    return records
