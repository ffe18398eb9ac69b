"""What a reader must know of runs that were taken together."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import polars as pl

from triceras.reporting.groups import Results
from triceras.reporting.labels import plural
from triceras.reporting.run_files import FINISHED, Run
from triceras.shortened import shortened

MOST = 4
# Names of metrics of which 1 is the most.
UP_TO_1 = re.compile(r"(^|_)(accuracy|precision|recall|auc|f1|fbeta|iou|dice|r2)(_|$)|_score$")
# Names of settings that say of what a loss is computed, and not how a model comes to less of it.
OF_THE_LOSS = re.compile(
    r"(^|[.@])(loss|objective|beta|l1|l2|label_smoothing)($|[.])"
    r"|_weight$|(loss|class|sample)_weights?($|[.])|kl_reduction|regulari[sz]er"
)


def notes(results: Results) -> list[str]:
    """All of a comparison's, the most important first."""
    runs = [run for run in results.comparison.runs if run.status == FINISHED]
    said = [
        *no_numbers(results),
        *other_losses(results),
        *results.comparison.notes,
        *left_over(results),
        *repeats(results),
        *seeds(results),
        *out_of_bounds(results),
        *data(results),
        *lengths(results),
        *several("versions", versions_of(runs)),
        *several("commits", (str((run.record.get("git") or {}).get("commit"))[:8] for run in runs)),
        *uncommitted(runs),
        *machines(runs),
        *resumed(results),
        *moved(runs),
    ]
    return [line for line in said if line]


def no_numbers(results: Results) -> Iterable[str]:
    """Settings of which runs ended with NaN, or failed of it."""
    groups = results.groups.filter(pl.col("diverged") > 0)
    count, settings = int(groups["diverged"].sum()), groups.height
    if count:
        yield (
            f"{plural(count, 'run')} of {plural(settings, 'setting')} diverged: "
            f"they ended with {results.comparison.monitor} NaN or infinite, or failed of such a "
            "loss; in no mean, and such a setting ranks after all others"
        )


def other_losses(results: Results) -> Iterable[str]:
    """A loss that each setting computes of other terms, or with other weights."""
    monitor = results.comparison.monitor
    if not monitor.endswith("loss"):
        return
    names = [name for name in results.comparison.keys if OF_THE_LOSS.search(name)]
    if names:
        yield (
            f"settings differ in {', '.join(names)}, with which {monitor} is computed: less of it "
            "does not say which is better; monitor=<metric> mode=min|max chooses one that is the "
            "same in all"
        )


def left_over(results: Results) -> Iterable[str]:
    """Settings over which means were taken, beside the seed."""
    rest = results.comparison.rest
    if not rest:
        return
    yield f"means are also over {', '.join(rest)}: a seed's value is the mean over these"
    sets = results.values.group_by("setting").agg(
        pl.concat_str("seed", pl.col("cell").cast(pl.String), separator=" ").unique().sort()
    )
    if sets.select("seed").n_unique() > 1:
        yield (
            f"settings were not all run with the same {', '.join(rest)}: their means are not of "
            "the same, and only the paired differences can be trusted"
        )


def repeats(results: Results) -> Iterable[str]:
    """Runs of the same setting and seed."""
    finished = results.runs.filter(pl.col("status") == FINISHED)
    kept = finished.select("setting", "cell", "seed").n_unique()
    if finished.height > kept:
        yield (
            f"finished runs that repeat the setting and seed of another ({finished.height - kept}) "
            "count once: a seed's value is their mean"
        )


def seeds(results: Results) -> Iterable[str]:
    """Too few seeds, other seeds, or seeds that do nothing."""
    groups, monitor = results.groups, results.comparison.monitor
    single = groups.filter(pl.col("n") == 1).height
    if single:
        yield (f"settings of one seed: {single} of {groups.height}; no interval can be had of them")
    if f"{monitor}_sd" in groups.columns:
        same = groups.filter(pl.col(f"{monitor}_sd") == 0).height
        if same:
            yield (
                f"in {plural(same, 'setting')} all seeds gave the same {monitor}: is the seed "
                "used? Their intervals say nothing"
            )
    sets = results.values.group_by("setting").agg(pl.col("seed").unique().sort())
    if sets.select("seed").n_unique() > 1:
        yield (
            "not all settings have the same seeds: their means are not of the same, and "
            "differences are taken over shared ones"
        )


def out_of_bounds(results: Results) -> Iterable[str]:
    """Intervals that hold what a metric may never reach."""
    groups, monitor = results.groups, results.comparison.monitor
    if f"{monitor}_low" not in groups.columns:
        return
    low, high, least, most = (
        pl.col(f"{monitor}_{end}") for end in ("low", "high", "least", "most")
    )
    beyond = {"below 0": (low < 0) & (least >= 0)}
    if UP_TO_1.search(monitor):
        beyond["above 1"] = (high > 1) & (most <= 1)
    for where, condition in beyond.items():
        if count := groups.filter(condition).height:
            yield (
                f"in {plural(count, 'setting')} the interval of {monitor} goes {where}, where no "
                "run was: Student's knows no bounds, and is wide of few seeds"
            )


def data(results: Results) -> Iterable[str]:
    """Settings of different data."""
    hashes = results.runs["data_sha256"].drop_nulls().n_unique()
    if hashes > 1:
        yield (
            f"there are {hashes} different data among these runs: {results.comparison.monitor} of "
            "one is not comparable with that of another unless the test examples are the same"
        )


def lengths(results: Results) -> Iterable[str]:
    """Runs of one setting that took different numbers of steps."""
    steps = results.runs.drop_nulls("steps").group_by("setting").agg(pl.col("steps").n_unique())
    different = steps.filter(pl.col("steps") > 1).height
    if different:
        yield f"in {plural(different, 'setting')} runs took different numbers of steps"


def several(what: str, found: Iterable[str]) -> Iterable[str]:
    """Says which of several values there are, where there are several."""
    counts = Counter(found)
    if len(counts) > 1:
        told = [f"{name} ({count})" for name, count in counts.most_common()]
        yield f"runs of several {what} are together: {shortened(told, MOST)}"


def versions_of(runs: Sequence[Run]) -> Iterable[str]:
    """Of each run the versions in which runs differ, of packages that its numbers depend on."""
    names = ("python", "triceras", "keras", "numpy")
    found = [run.record.get("versions") or {} for run in runs]
    backends = {str(run.record.get("backend")) for run in runs}
    differ = [
        name
        for name in (*names, *sorted(backends))
        if len({each[name] for each in found if name in each}) > 1
    ]
    return (" ".join(f"{name} {each.get(name, 'absent')}" for name in differ) for each in found)


def uncommitted(runs: Sequence[Run]) -> Iterable[str]:
    """Runs of code that no commit has."""
    count = sum(bool((run.record.get("git") or {}).get("dirty")) for run in runs)
    if count:
        yield f"{count} of {len(runs)} finished runs are of code that was not committed"


def machines(runs: Sequence[Run]) -> Iterable[str]:
    """Speeds of different machines."""
    found = {(run.record.get("host"), run.record.get("device")) for run in runs}
    if len(found) > 1:
        told = ", ".join(sorted(f"{host} ({device})" for host, device in found)[:MOST])
        yield f"runs are of {len(found)} machines, whose speeds are not comparable: {told}"


def resumed(results: Results) -> Iterable[str]:
    """Runs whose seconds are those of their last part."""
    count = results.runs.filter(pl.col("resumed"), pl.col("status") == FINISHED).height
    if count:
        yield f"seconds of resumed runs ({count}) are of their last part, and in no mean of seconds"


def moved(runs: Sequence[Run]) -> Iterable[str]:
    """Runs that went on with another backend."""
    count = 0
    for run in runs:
        parts = [part.get("backend") for part in run.record.get("resumptions") or ()]
        count += any(part not in (None, run.record.get("backend")) for part in parts)
    if count:
        yield f"{plural(count, 'run')} went on with another backend, and count as of their last one"
