"""In which settings runs differ, and which of them tell the groups apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from triceras.checkpoints.differences import HARMLESS
from triceras.errors import UserError
from triceras.nearest import nearest
from triceras.reporting.run_files import Run

SEED = "seed"
ABSENT = "(absent)"
# How a person says that a setting is what the seed is.
OF_SEED = f"${{{SEED}}}"
# What says nothing of what a run computes, or is a property of the machine.
LEFT_OUT = (
    *(key for key in HARMLESS if key != "data.path"),
    *("project", "log_every", "tests", "benchmark", "steps", "tolerance", "callback.checkpoints"),
)
MACHINE = "backend.environment"
# What `run.json` knows beside the configuration.
FACTS = ("experiment", "backend", "loop", "host", "device", "data_sha256")

Codes = tuple[int, ...]


def differing(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """The settings in which runs differ, each with its value in each of the runs, by name.

    Those that change nothing of what is computed, and the seed, are left out.
    """
    typed = {key for run in runs for key in run.words}
    found = {}
    seeds = [run.settings.get(SEED) for run in runs]
    for key in dict.fromkeys(key for run in runs for key in run.settings):
        values = [run.settings.get(key, ABSENT) for run in runs]
        if max(codes(values)) == 0:
            continue
        told_of_machine = within(key, MACHINE) and key not in typed
        # `data.split_seed=${seed}` is the seed again, and a number that was typed is not.
        literal = any(run.words.get(key, OF_SEED) != OF_SEED for run in runs)
        both = codes([*values, *seeds])
        same = both[: len(values)] == both[len(values) :]
        of_seed = key == SEED or (same and not literal)
        if of_seed or told_of_machine or any(within(key, part) for part in LEFT_OUT):
            continue
        # Beside the runs of another sweep, for which it was something else.
        values = [
            OF_SEED if run.words.get(key) == OF_SEED else value
            for run, value in zip(runs, values, strict=True)
        ]
        if max(codes(values)):
            found[key] = values
    return without_moved_files(found, runs)


def within(key: str, part: str) -> bool:
    """Whether a key is another, or lies below it."""
    return key == part or key.startswith(f"{part}.")


def without_moved_files(found: dict[str, list[Any]], runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Leaves out a path whose content was the same wherever it was."""
    hashes = {run.record.get("data_sha256") for run in runs}
    if len(hashes) == 1 and None not in hashes:
        found.pop("data.path", None)
    return found


def telling(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """The fewest settings that tell apart all that differ in more than the seed.

    What was typed comes first and is never left out: two settings that were changed together
    stand beside each other. A choice such as `backend=torch` stands for all that it brings.

    Args:
        runs: of one experiment.

    Returns:
        The values in each run, by the names of the settings.
    """
    found = differing(runs)
    typed = {key for run in runs for key in run.words}
    groups = {key: choice(key, found, runs) for key in found}

    def preferred(key: str) -> tuple[Any, ...]:
        last = key.rpartition(".")[2]
        kind = {"name": 0, "_target_": 1}.get(last, 2)
        return key not in typed, groups[key] is None, kind, key.count("."), len(key), key

    kept: dict[str, list[Any]] = {}
    parts: Codes = (0,) * len(runs)
    for key in sorted(found, key=preferred):
        finer = codes(list(zip(parts, codes(found[key]), strict=True)))
        group = groups[key]
        # A model and a batch size that were changed together were both typed.
        chosen = group is not None and group[0] in typed and group[0] not in kept
        if key not in typed and not chosen and max(finer) == max(parts):
            continue
        parts = finer
        name, values = group or (key, found[key])
        if key in typed or name in kept:
            name, values = key, found[key]
        kept[name] = values
    return kept


def codes(values: Sequence[Any]) -> Codes:
    """Numbers that are the same where values are; 1.0 is 1, and true is not."""
    seen: dict[Any, int] = {}
    return tuple(seen.setdefault((isinstance(value, bool), value), len(seen)) for value in values)


def choice(
    key: str, found: Mapping[str, list[Any]], runs: Sequence[Run]
) -> tuple[str, list[Any]] | None:
    """The choice of a group that a setting follows from, where one was typed.

    Returns:
        Its name, and what was chosen in each run; `None` where the setting says more or less.
    """
    parts = key.split(".")
    for depth in range(1, len(parts)):
        group = ".".join(parts[:depth])
        chosen = [run.words.get(group) for run in runs]
        pairs = {(v, c) for v, c in zip(found[key], chosen, strict=True) if c is not None}
        one_to_one = len(pairs) == len({v for v, _ in pairs}) == len({c for _, c in pairs})
        names = dict(pairs)
        if pairs and one_to_one and not mistaken(group, chosen, found[key], names, runs):
            return group, [names.get(value, value) for value in found[key]]
    return None


def mistaken(
    group: str,
    chosen: Sequence[str | None],
    values: Sequence[Any],
    names: Mapping[Any, str],
    runs: Sequence[Run],
) -> bool:
    """Whether a run for which nothing was typed would be given the name of another choice.

    Args:
        group: the group of configurations.
        chosen: what was typed in each run, or `None`.
        values: of a setting of the group, in each run.
        names: of the choices, by these values.
        runs: they.
    """
    typed = [
        (name, inside(group, run))
        for run, name in zip(runs, chosen, strict=True)
        if name is not None
    ]
    return any(
        name is None and value in names and (names[value], inside(group, run)) not in typed
        for run, name, value in zip(runs, chosen, values, strict=True)
    )


def inside(group: str, run: Run) -> frozenset[tuple[str, str]]:
    """All that a group of configurations came to in a run."""
    keys = (key for key in run.settings if within(key, group))
    return frozenset((key, repr(run.settings[key])) for key in keys)


def chosen_in(group: str, runs: Sequence[Run]) -> list[str]:
    """What was typed for a group, in each run, or came to the same without."""
    names = {inside(group, run): run.words[group] for run in runs if group in run.words}
    return [run.words.get(group) or names.get(inside(group, run), ABSENT) for run in runs]


def asked_for(by: Sequence[str], runs: Sequence[Run]) -> dict[str, list[Any]]:
    """The values of the settings that a person names.

    Raises:
        UserError: no run has such a setting.
    """
    known = {key for run in runs for key in run.settings}
    versions = {f"versions.{name}" for run in runs for name in run.record.get("versions") or ()}
    groups = {key for run in runs for key in run.words}
    found = {}
    for key in by:
        name = key if key in known else f"{key}.name" if f"{key}.name" in known else None
        if name:
            found[key] = [run.settings.get(name, ABSENT) for run in runs]
        elif key in FACTS:
            found[key] = [run.record.get(key) for run in runs]
        elif key in versions:
            package = key.partition(".")[2]
            found[key] = [(run.record.get("versions") or {}).get(package) for run in runs]
        elif key in groups:
            found[key] = chosen_in(key, runs)
        else:
            near = nearest(key, known | versions | {*FACTS})
            cure = f"did you mean {' or '.join(near)}? " if near else ""
            raise UserError(
                f"by={key} is no setting of these runs: {cure}config.yaml of a run has all"
            )
    return found
