"""The tables of a benchmark, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

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


def row(cells: Sequence[Any]) -> str:
    """A line of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def heading(cells: Sequence[str]) -> list[str]:
    """The first two lines of a table: text to the left, numbers to the right."""
    return [row(cells), "|" + "---|" + "---:|" * (len(cells) - 1)]


def speed_table(experiment: str, backend: str, result: Mapping[str, Any]) -> str:
    """A table of a backend's contenders.

    Args:
        experiment: its name.
        backend: its name.
        result: `contenders` and `ratios`, as in `result.json`.
    """
    lines = heading([f"`{experiment}`, {backend}", *HEADINGS])
    compared = {each["to"]: each for each in result["ratios"].values()}
    for name, contender in result["contenders"].items():
        ms, seconds = contender["summary"], contender["seconds"]
        title = TITLES[contender["kind"]]
        ratio = compared.get(name)
        lines.append(
            row(
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
        )
    return "\n".join(lines)


def scale_table(experiment: str, points: Sequence[Mapping[str, Any]]) -> str:
    """A table of ours beside the expert's over sizes."""
    lines = heading(
        [f"`{experiment}`", "batch", "hidden units", "ours, ms", "expert's, ms", "ours / it"]
    )
    lines += [
        row(
            [
                point["backend"],
                f"{point['batch_size']:,}",
                f"{point['hidden_units']:,}",
                f"{point['ours']:.3f}",
                f"{point['expert']:.3f}",
                f"{point['ratio']:.2f}",
            ]
        )
        for point in points
    ]
    return "\n".join(lines)
