"""What a run carries beside what it trains."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triceras.loops.recorder import Recorder
from triceras.runs.stop import Stop
from triceras.tracking.tracker import Tracker


@dataclasses.dataclass
class Context:
    """Where a run is recorded, what it goes on from and when it is to stop.

    Args:
        folder: the run folder.
        trackers: told of all that is measured.
        recorder: told of every step, and knows how many were taken.
        stop: says whether someone has asked the run to stop.
        resumed: the `Snapshot` that the run goes on from, or `None` for a new run.
    """

    folder: Path
    trackers: Sequence[Tracker] = ()
    recorder: Recorder = dataclasses.field(default_factory=lambda: Recorder([]))
    stop: Stop = dataclasses.field(default_factory=Stop)
    resumed: Any = None
