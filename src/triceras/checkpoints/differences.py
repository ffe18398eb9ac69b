"""In what two configurations differ, and which of it a resumed run may differ in."""

from collections.abc import Mapping, Sequence
from typing import Any

# What does not change what is computed.
HARMLESS = (
    "resume",
    "logger",
    "figures",
    "progress_bar",
    "output_dir",
    "notes",
    "sweep_id",
    "trial",
    # Of a run it is always 1.
    "seeds_in_parallel",
    "sweep",
    "resume_sweep",
    "signals",
    "grace",
    # What was computed so far is the same with either.
    "schedule",
    "cache_dir",
    "data.path",
    "data.memory_mb",
    "data.download_timeout",
    "loop.device_data_mb",
    "callback.checkpoints.every_minutes",
    "callback.checkpoints.every_steps",
    "callback.checkpoints.every_epochs",
    "callback.checkpoints.keep",
)
# What a person may change on purpose between two parts of a run.
ALLOWED = (
    *HARMLESS,
    "backend",
    "devices",
    "distribution",
    "epochs",
    "max_steps",
    # Code that comes after training, and may be what ended the run.
    "model.evaluations",
)
ABSENT = "(absent)"


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], allowed: Sequence[str]
) -> list[str]:
    """The values that differ and must not.

    Args:
        before: a configuration.
        after: another.
        allowed: keys, with all that is below them, that may differ.

    Returns:
        Lines such as `optimizer.learning_rate: 0.001 -> 0.01`.
    """
    old, new = flat(before), flat(after)
    return [
        f"{key}: {old.get(key, ABSENT)} -> {new.get(key, ABSENT)}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key, ABSENT) != new.get(key, ABSENT)
        and not any(key == part or key.startswith(f"{part}.") for part in allowed)
    ]


def flat(config: Any, prefix: str = "") -> dict[str, Any]:
    """A nested configuration as one dictionary of dotted names."""
    if isinstance(config, Mapping) and config:
        parts = {}
        for name, value in config.items():
            parts |= flat(value, f"{prefix}.{name}" if prefix else str(name))
        return parts
    if isinstance(config, list) and config:
        parts = {}
        for i, value in enumerate(config):
            parts |= flat(value, f"{prefix}[{i}]")
        return parts
    return {prefix: config}
