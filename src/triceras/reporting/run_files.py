"""What the files of one run folder say."""

import dataclasses
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from triceras.checkpoints.moved import at_todays_place
from triceras.errors import one_line
from triceras.runs import lock, record
from triceras.runs.monitor import monitored

# The parser in C takes a twentieth of the time.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FINISHED, FAILED = "finished", "failed"


@dataclasses.dataclass
class Run:
    """One run, or a job that never had one.

    Args:
        id: its own, or the job's folder where it has none.
        folder: of the run, or of the job.
        status: `finished`, `failed`, `interrupted`, `running`, `killed` where its process died
            without a word, `unreadable`, or what a job says of itself.
        line: of one that is not finished, what is known of the reason.
        record: `run.json`.
        settings: `config.yaml`, by dotted names; a list is one value, its JSON.
        summary: `summary.json` of a finished run.
        words: what was typed, `key=value`.
        job: `job.json` of a run that is a sweep's, else nothing.
    """

    id: str
    folder: Path
    status: str
    line: str = ""
    record: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    summary: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)
    job: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def metrics(self) -> Mapping[str, float]:
        """What a finished run reached."""
        return self.summary.get("metrics") or {}

    @property
    def diverged(self) -> bool:
        """Whether it failed as what it reached was NaN or infinite."""
        return self.status == FAILED and self.record.get("diverged") is True

    @property
    def monitor(self) -> str:
        """The metric that it is judged by: without validation data, the same of training."""
        wanted = str(self.settings.get("monitor", "val_loss"))
        return (monitored(self.metrics, wanted) if self.metrics else None) or wanted

    @property
    def mode(self) -> str:
        """Whether less of it is better, `min`, or more, `max`."""
        return str(self.settings.get("monitor_mode", "min"))


def read_run(folder: Path) -> Run:
    """Reads a run folder; damage in it makes it `unreadable`, with a line that says why."""
    path = folder / record.FILE
    run = Run(folder.name, folder, "unreadable")
    try:
        run.record = found = mapping(json.loads(path.read_text()))
        run.id, run.status = str(found.get("id") or folder.name), str(found.get("status"))
        run.words = words_of(found.get("argv") or [])
        path = folder / "config.yaml"
        run.settings = flat(at_todays_place(mapping(yaml.load(path.read_text(), LOADER))))
        if sha256 := mapping(found.get("weights") or {}).get("sha256"):
            # A file of one name may have changed between two runs.
            run.settings["model.weights.sha256"] = sha256
        if run.status == FINISHED:
            path = folder / "summary.json"
            run.summary = mapping(json.loads(path.read_text()))
            mapping(run.summary["metrics"])
            mapping(run.summary.get("seconds") or {})
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        ended = run.status not in ("unreadable", FINISHED)
        run.status = run.status if ended else "unreadable"
        run.line = str(run.record.get("error") or "") if ended else ""
        run.line = run.line or f"{path} cannot be read: {one_line(error)}"
        run.summary = {}
    else:
        run.line = line_of(run)
    run.line = printable(run.line)
    return run


def printable(text: str) -> str:
    """A text that can be written, also where the name of a file in it is none."""
    return text.encode("utf-8", "replace").decode()


def line_of(run: Run) -> str:
    """What is known of why a run is not finished; one that died without a word is `killed`."""
    if run.status == FINISHED:
        return ""
    here = run.record.get("host") == socket.gethostname()
    if run.status == "running" and here and not lock.is_held(run.folder):
        run.status = "killed"
        return "its process ended without a word"
    if run.status == "running":
        return f"it was under way on {run.record.get('host')}"
    return " ".join(str(run.record.get("error") or "it does not say why").split())


def mapping(content: Any) -> dict[str, Any]:
    """What a file holds, where it is a dictionary."""
    if not isinstance(content, dict):
        raise ValueError("it holds no settings")
    return content


def words_of(words: list[str]) -> dict[str, str]:
    """The settings among the words of a command line."""
    pairs = (printable(str(word)).lstrip("+~").partition("=") for word in words)
    return {key: value for key, equals, value in pairs if equals and not key.startswith("-")}


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested configuration as one dictionary of dotted names, a list as one value."""
    found: dict[str, Any] = {}
    for name, value in config.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and value:
            found |= flat(value, f"{key}.")
        else:
            found[key] = json.dumps(value, default=str) if isinstance(value, list | dict) else value
    return found
