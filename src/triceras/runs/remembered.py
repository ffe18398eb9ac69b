"""What an engine has chosen, kept with a run."""

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from triceras.runs import record

# Until something was kept, inductor compiled the steps of runs of as many steps.
ONCE_COMPILED = 10_000


class Remembered(MutableMapping[str, Any]):
    """What an engine keeps in `run.json`, under `engine`, for when the run goes on.

    Args:
        folder: the run folder.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def all(self) -> dict[str, Any]:
        """Everything that is kept."""
        run = record.read(self.folder)
        before = [each.get("backend", run.get("backend")) for each in run.get("resumptions", ())]
        # What another backend began has no program of this one to go on with.
        if "engine" not in run and run.get("backend") in before:
            compiled = run.get("planned_steps", 0) >= ONCE_COMPILED
            return {"compiler": "inductor" if compiled else "traced"}
        return run.get("engine", {})

    def __getitem__(self, key: str) -> Any:
        return self.all()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        record.update(self.folder, {"engine": self.all() | {key: value}})

    def __delitem__(self, key: str) -> None:
        left = self.all()
        del left[key]
        record.update(self.folder, {"engine": left})

    def __iter__(self) -> Iterator[str]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())
