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
    if result["scale"]:
        return [
            scale_table(result["experiment"], [p for b in backends.values() for p in b["points"]])
        ]
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
