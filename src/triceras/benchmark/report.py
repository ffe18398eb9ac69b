"""The tables of a benchmark, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from triceras.testing.markdown import table

HEADINGS = (
    "ms a step",
    "least to most",
    "ours / it",
    "compile, s",
    "to first step, s",
    "of it neither import nor compile, s",
    "peak memory, MiB",
)
TITLES = {
    "ours": "ours",
    "expert's": "native, an expert's",
    "people's": "native, as people write it",
    "fit": "Keras `fit`",
    "guide": "the guide's loop",
}


def tables(result: Mapping[str, Any]) -> list[str]:
    """All tables of a result: one of its sizes, or one for each backend.

    Args:
        result: what `result.json` holds.
    """
    backends = result["backends"]
    if "points" in next(iter(backends.values())):
        points = [{"backend": name, **p} for name, b in backends.items() for p in b["points"]]
        make = whole_table if "cache" in points[0] else scale_table
        return [make(result["experiment"], points)]
    return [speed_table(result["experiment"], name, each) for name, each in backends.items()]


def speed_table(experiment: str, backend: str, result: Mapping[str, Any]) -> str:
    """A table of a backend's contenders.

    Args:
        experiment: its name.
        backend: its name.
        result: `contenders` and `ratios`, as in `result.json`.
    """
    compared = {each["to"]: each for each in result["ratios"].values()}
    rows = []
    for name, contender in result["contenders"].items():
        ms, seconds = contender["summary"], contender["seconds"]
        title = TITLES[contender["kind"]]
        ratio = compared.get(name)
        rows.append(
            [
                title if name == contender["kind"] else f"{title}: {name}",
                f"{ms['median']:.3f}",
                f"{ms['least']:.3f} to {ms['most']:.3f}",
                f"{ratio['median']:.2f}" if ratio else "",
                f"{seconds['compile']:.1f}",
                f"{seconds['to_first_step']:.1f}",
                f"{seconds['rest']:.1f}",
                f"{contender['peak_memory_mb']:,.0f}",
            ]
        )
    return table([f"`{experiment}`, {backend}", *HEADINGS], rows, numbers=True)


def scale_table(experiment: str, points: Sequence[Mapping[str, Any]]) -> str:
    """A table of ours beside the expert's over sizes."""
    header = [f"`{experiment}`", "batch", "hidden units", "ours, ms", "expert's, ms", "ours / it"]
    rows = [
        [
            point["backend"],
            f"{point['batch_size']:,}",
            f"{point['hidden_units']:,}",
            f"{point['ours']:.3f}",
            f"{point['expert']:.3f}",
            f"{point['ratio']:.2f}",
        ]
        for point in points
    ]
    return table(header, rows, numbers=True)


def whole_table(experiment: str, points: Sequence[Mapping[str, Any]]) -> str:
    """A table of whole runs: what ours takes, and its part of what others take.

    Args:
        experiment: its name.
        points: each of a backend, a number of steps, and a state of the cache.
    """
    kinds = [kind for kind in TITLES if any(kind in p["wall"]["ratios"] for p in points)]
    others = [f"of {TITLES[kind]}" for kind in kinds]
    header = [f"`{experiment}`", "steps", "cache", "ours, s", *others]
    rows = []
    for point in points:
        row = [point["backend"], f"{point['steps']:,}", point["cache"]]
        for measure in ("wall", "processor"):
            ratios = [point[measure]["ratios"].get(kind) for kind in kinds]
            row.append(f"{point[measure]['ours']['median']:.1f}")
            row += [f"{ratio['median']:.2f}" if ratio else "" for ratio in ratios]
        rows.append(row)
    used = ["ours, processor s", *others]
    return table([*header, *used], rows, numbers=True)
