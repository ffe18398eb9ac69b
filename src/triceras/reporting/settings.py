"""What a report is asked for."""

import dataclasses
from pathlib import Path

from triceras.errors import UserError

MODES = ("min", "max")


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a report is made of.

    Args:
        folders: of sweeps, of all outputs, or of runs.
        by: the settings that tell groups apart; nothing for all in which the runs differ.
        monitor: the metric to judge by, or `None` for each run's own.
        mode: `min` or `max`, or `None` for the runs' own.
        output_dir: where the report goes, or `None` for `report` in the first folder.
    """

    folders: tuple[Path, ...]
    by: tuple[str, ...] = ()
    monitor: str | None = None
    mode: str | None = None
    output_dir: Path | None = None

    def __post_init__(self):
        if self.mode not in (None, *MODES):
            raise UserError(f"mode={self.mode} is unknown: use one of {', '.join(MODES)}")
        if not self.folders:
            raise UserError("name a folder: of a sweep, or of all outputs")

    @property
    def place(self) -> Path:
        """The folder of the report."""
        return self.output_dir or self.folders[0] / "report"
