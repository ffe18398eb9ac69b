"""Runs of one experiment, and by which settings they are told apart."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from triceras.errors import UserError
from triceras.nearest import nearest
from triceras.reporting.keys import asked_for, codes, telling
from triceras.reporting.run_files import FINISHED, Run
from triceras.reporting.settings import Settings

DATA = "data_sha256"


@dataclasses.dataclass
class Comparison:
    """Runs that can be compared: of one experiment, judged by one metric.

    Args:
        experiment: its name; all of them where it is what tells groups apart.
        monitor: the metric.
        mode: `min` or `max`.
        runs: the runs, finished or not.
        keys: by name, the values in each run that make its setting.
        rest: by name, those in which runs of one setting still differ, beside the seed.
        notes: what a reader must know.
    """

    experiment: str
    monitor: str
    mode: str
    runs: list[Run]
    keys: dict[str, list[Any]]
    rest: dict[str, list[Any]] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)

    @property
    def places(self) -> tuple[int, ...]:
        """The number of each run's setting."""
        return numbers(self.keys, len(self.runs))

    @property
    def cells(self) -> tuple[int, ...]:
        """Numbers that are the same where runs differ in their setting and seed alone."""
        return numbers(self.rest, len(self.runs))


def numbers(values: dict[str, list[Any]], count: int) -> tuple[int, ...]:
    """Numbers of the combinations of several settings' values."""
    # Within a tuple, `true` would be 1.
    return codes(list(zip(*map(codes, values.values()), strict=True))) if values else (0,) * count


def comparisons(runs: Sequence[Run], settings: Settings) -> list[Comparison]:
    """Parts runs into such as can be compared.

    Args:
        runs: all; those without a configuration are in none.
        settings: of the report.

    Returns:
        In the order of the experiments' names.

    Raises:
        UserError: a setting or a metric that was asked for is in none of the runs.
    """
    known = [run for run in runs if run.settings]
    check_monitor(settings, known)
    across = "experiment" in settings.by
    families: dict[tuple[str, str, str], list[Run]] = {}
    for run in known:
        experiment = "all" if across else str(run.settings.get("experiment"))
        monitor, mode = own(run)
        if settings.monitor:
            mode = mode_of(settings, run)
            monitor = settings.monitor
        families.setdefault((experiment, monitor, settings.mode or mode), []).append(run)
    asked: dict[str, list[Any]] = {}
    if settings.by:
        # A name that is wrong for all is said; one experiment may well lack a setting.
        asked = asked_for(settings.by, known)
    place = {id(run): place for place, run in enumerate(known)}

    def by(members: list[Run]) -> dict[str, list[Any]]:
        return {key: [found[place[id(run)]] for run in members] for key, found in asked.items()}

    return [made(*key, members, by(members), settings) for key, members in sorted(families.items())]


def own(run: Run) -> tuple[str, str]:
    """The metric that a run says it is judged by, and whether less of it is better."""
    return str(run.settings.get("monitor", "val_loss")), str(
        run.settings.get("monitor_mode", "min")
    )


def mode_of(settings: Settings, run: Run) -> str:
    """Whether less is better of a metric that was asked for."""
    monitor, mode = own(run)
    if settings.mode:
        return settings.mode
    if settings.monitor == monitor:
        return mode
    raise UserError(
        f"monitor={settings.monitor} is not what these runs were judged by ({monitor}): add "
        "mode=min if less of it is better, mode=max if more"
    )


def check_monitor(settings: Settings, runs: Sequence[Run]) -> None:
    """Checks that a metric that was asked for is there.

    Raises:
        UserError: it is not.
    """
    names = {name for run in runs for name in run.metrics}
    if settings.monitor and names and settings.monitor not in names:
        near = nearest(settings.monitor, names)
        raise UserError(
            f"monitor={settings.monitor} is among the metrics of none of these runs: "
            f"{f'did you mean {near[0]}? ' if near else ''}use one of {', '.join(sorted(names))}"
        )


def made(
    experiment: str,
    monitor: str,
    mode: str,
    runs: list[Run],
    by: dict[str, list[Any]],
    settings: Settings,
) -> Comparison:
    """The comparison of some runs; `by` has the settings that were asked for, if any were."""
    # What each run took for its monitor: without validation data, the same of training.
    found = {run.monitor for run in runs if run.status == FINISHED and not settings.monitor}
    judged = found.pop() if len(found) == 1 else monitor
    full = telling(runs)
    result = Comparison(experiment, judged, mode, runs, dict(by or full))
    if found:
        result.notes.append(
            f"some of these runs have no {judged}, and are left out of what is judged by it: "
            "monitor=<metric> mode=min|max chooses one that all have"
        )
    apart_by_data(result)
    if by:
        result.rest = left_over(result, full)
    return result


def apart_by_data(comparison: Comparison) -> None:
    """Tells settings apart by their data too, where runs of one setting had several."""
    hashes = [run.record.get(DATA) for run in comparison.runs]
    known = {pair for pair in zip(comparison.places, hashes, strict=True) if pair[1]}
    if len(known) > len({place for place, _ in known}):
        comparison.keys[DATA] = [(found or "unknown")[:8] for found in hashes]
        comparison.notes.append(
            "runs of one setting had different data: they are told apart by data_sha256"
        )


def left_over(comparison: Comparison, full: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The settings in which runs differ and that were not asked for."""
    rest = {}
    for name, values in full.items():
        finer = codes(list(zip(comparison.places, codes(values), strict=True)))
        if max(finer) > max(comparison.places):
            rest[name] = values
    return rest
