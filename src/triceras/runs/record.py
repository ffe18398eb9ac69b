"""`run.json`: what a run is, and how it ended."""

import datetime
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.environment import chosen_in
from triceras.errors import DivergedError, UserError, one_line
from triceras.runs.folder import write_json
from triceras.runs.identity import identity
from triceras.tracking.redaction import redacted

log = logging.getLogger(__name__)

FILE = "run.json"


def read(folder: Path) -> dict[str, Any]:
    """What `run.json` holds.

    Raises:
        UserError: it is damaged.
    """
    try:
        return json.loads((folder / FILE).read_text())
    except ValueError as error:
        raise UserError(
            f"{folder / FILE} is damaged ({one_line(error)}): put a good copy of it there"
        ) from error


def update(folder: Path, changes: Mapping[str, Any]) -> None:
    """Adds to `run.json`, or makes it, whole or not at all."""
    before = read(folder) if (folder / FILE).exists() else {}
    write_json(folder / FILE, before | dict(changes))


def begin(folder: Path, config: DictConfig, data_sha256: str | None, resumed: bool) -> None:
    """Notes that a run begins or goes on.

    Args:
        folder: the run folder.
        config: of the run.
        data_sha256: of its data.
        resumed: whether it goes on; where exactly is noted once its checkpoint has been read.
    """
    changes: dict[str, Any] = {}
    own, before = identity(), read(folder) if resumed else {}
    if resumed:
        changes = {"error": None, "ended": None, "diverged": False}
        changes["resumed_from"] = {"step": 0, "epoch": 0}
        part = {key: before[key] for key in own if key in before}
        changes["earlier_parts"] = [*before.get("earlier_parts", []), part]
        tell_of_changes(part, own)
    # One that was stopped before it had begun begins now.
    if "id" not in before:
        changes |= {"id": folder.name, "started": now(), "resumed_from": None, "wandb_id": None}
        changes["data_choice"] = chosen_in("data")
    facts = {
        "status": "running",
        "experiment": config.experiment,
        "backend": config.backend.name,
        "loop": config.loop.name,
        "seed": config.seed,
        "data_sha256": data_sha256,
        **own,
    }
    update(folder, changes | facts)


def tell_of_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Warns of other code, which may compute something else, than an earlier part of a run had.

    Args:
        before: `identity` of that part, or some of it.
        now: `identity` of the next one.
    """
    old, new = (code_of(each) for each in (before, now))
    changed = {name: (old[name], new[name]) for name in old.keys() & new if old[name] != new[name]}
    if changed:
        told = ", ".join(
            f"{name} {one} -> {other}" for name, (one, other) in sorted(changed.items())
        )
        log.warning(f"the run goes on with other code than before: {told}")


def code_of(part: Mapping[str, Any]) -> dict[str, str]:
    """The versions of all that a part of a run was made with, the project's by its commit."""
    found = dict(part.get("versions") or {})
    commit = (part.get("git") or {}).get("commit")
    return found | ({"commit": commit[:8]} if commit else {})


def end(folder: Path, status: str, **changes: Any) -> None:
    """Notes how a run ended."""
    update(folder, {"status": status, "ended": now(), **changes})


def end_early(folder: Path, status: str, error: BaseException | str) -> None:
    """Notes how a run ended early, where that can still be written, and whether it diverged."""
    diverged = isinstance(error, DivergedError)
    try:
        end(folder, status, error=redacted(str(error)), diverged=diverged)
    except (OSError, ValueError, UserError) as reason:
        log.warning(f"cannot write {folder / FILE}: {reason}")


def now() -> str:
    """The time, with its zone, to the second."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
