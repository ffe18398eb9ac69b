"""What is said of a parity check: on the terminal, in JSON and as a row of Markdown."""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from triceras.errors import UserError
from triceras.parity.compare import BACKENDS, CHAOS, LOOPS, REPEAT, Comparison
from triceras.parity.difference import Difference
from triceras.parity.evidence import LOSSES, PARTS, Evidence
from triceras.runs import record
from triceras.runs.identity import identity
from triceras.settings import plain
from triceras.testing.markdown import table as markdown_table

TITLES = {
    "weights": "initial weights",
    "batch": "first batch",
    "layers": "layer outputs",
    "objective": "first loss",
    "gradients": "gradients",
    "update": "first update",
    LOSSES: "every loss",
}
# What each part is made of, in sentences.
NOUNS = {
    "weights": "initial weight",
    "batch": "first batch's",
    "layers": "layer",
    "objective": "first batch's",
    "gradients": "gradient of",
    "update": "first update of",
    LOSSES: "step",
}


def show(
    config: DictConfig, comparisons: Sequence[Comparison], evidence: Mapping[str, Evidence]
) -> None:
    """Prints the table, and a line for each comparison that is worth one."""
    terminal = Console()
    console = Console(width=None if terminal.is_terminal else 160)
    console.print(table(config, comparisons))
    lone = [label for label, one in evidence.items() if not one.facts["fit"]]
    if lone and len(config.loops) > 1:
        print(f"only loop={config.loops[0]} can train this model: it has several objectives")
    hidden = sorted({name for one in evidence.values() for name in one.facts["unseen_layers"]})
    if hidden:
        print(f"not compared, as no values are there when a framework traces: {', '.join(hidden)}")
    for comparison in comparisons:
        if comparison.kind == CHAOS or not comparison.passed:
            print(verdict(comparison))


def table(config: DictConfig, comparisons: Sequence[Comparison]) -> Table:
    """The worst relative differences; a row for each comparison."""
    title = f"{config.experiment}, seed {config.seed}, {config.steps:,} steps"
    result = Table(title=f"{title}: worst relative differences", title_justify="left")
    result.add_column("")
    for name in (*PARTS, LOSSES):
        result.add_column(TITLES[name], justify="right")
    for kind in (BACKENDS, LOOPS, REPEAT, CHAOS):
        for comparison in comparisons:
            if comparison.kind == kind:
                result.add_row(
                    f"{comparison.other} against {comparison.reference}",
                    *(cell(comparison, name) for name in (*PARTS, LOSSES)),
                )
        result.add_section()
    bars = [config.tolerance[name] for name in (*PARTS, "loss")]
    result.add_row("allowed", *(f"{bar:.0e}" for bar in bars), style="dim")
    return result


def cell(comparison: Comparison, name: str) -> str:
    """A number, red where it is too large."""
    if name not in comparison.differences:
        return ""
    difference = comparison.differences[name]
    text = number(difference.worst)
    return text if difference.passed or comparison.kind == CHAOS else f"[red]{text}[/red]"


def number(value: float) -> str:
    """Two digits, or 0 where two numbers are equal."""
    return "0" if value == 0 else f"{value:.1e}"


def verdict(comparison: Comparison) -> str:
    """What to know of a comparison, in one line."""
    title = f"{comparison.other} against {comparison.reference}"
    if comparison.kind == CHAOS:
        losses = comparison.differences[LOSSES]
        if losses.passed:
            return f"{title}: within {losses.tolerance:.0e} at every step, {worst(losses)}"
        return (
            f"{title}: rounding alone passes {losses.tolerance:.0e} at step {losses.first} "
            f"({number(losses.first_value or 0)}), {worst(losses)}"
        )
    reasons = [
        f"{NOUNS[name]} {difference.first} is the first to differ by more than "
        f"{difference.tolerance:.0e} ({number(difference.first_value or 0)}, {worst(difference)})"
        for name, difference in comparison.differences.items()
        if not difference.passed
    ]
    return f"{title}: {', '.join(reasons)}" if reasons else f"{title}: as allowed"


def failure(comparisons: Sequence[Comparison]) -> str:
    """What went wrong, in one line: the first comparison that failed, and what may be the cause."""
    first, *others = [comparison for comparison in comparisons if not comparison.passed]
    said = verdict(first)
    if others:
        said += f"; {len(others)} more, in the table above"
    names = {
        name
        for comparison in (first, *others)
        for name, difference in comparison.differences.items()
        if not difference.passed
    }
    moved = [comparison for comparison in comparisons if comparison.kind == CHAOS]
    if names != {LOSSES} or any(one.differences[LOSSES].passed for one in moved):
        return said
    if not moved:
        return f"{said}; chaos=true says what rounding alone does"
    return (
        f"{said}. But {verdict(moved[0])}: docs/triceras/parity.md says what parts backends, and "
        "tolerance.loss and tolerance.loops are yours to set"
    )


def worst(difference: Difference) -> str:
    """The worst difference and its place."""
    return f"worst {number(difference.worst)} at {difference.where}"


def content(
    config: DictConfig,
    overrides: Sequence[str],
    evidence: Mapping[str, Evidence],
    comparisons: Sequence[Comparison],
) -> dict[str, Any]:
    """What `parity.json` holds; an infinite difference is `null`."""
    return {
        "experiment": config.experiment,
        "passed": all(comparison.passed for comparison in comparisons),
        "overrides": list(overrides),
        "seed": config.seed,
        "batch_size": config.batch_size,
        "steps": config.steps,
        "tolerance": plain(config.tolerance),
        "processes": {label: one.facts for label, one in evidence.items()},
        "comparisons": [
            {
                "kind": comparison.kind,
                "reference": comparison.reference,
                "other": comparison.other,
                "passed": comparison.passed,
                "verdict": verdict(comparison),
                "differences": {
                    name: {
                        key: None if value == math.inf else value
                        for key, value in dataclasses.asdict(difference).items()
                    }
                    | {"passed": difference.passed}
                    for name, difference in comparison.differences.items()
                },
            }
            for comparison in comparisons
        ],
        "ended": record.now(),
        **identity(),
    }


def markdown(contents: Iterable[Mapping[str, Any]]) -> str:
    """A table with a row for each check, of the worst of all its backends.

    Args:
        contents: what `parity.json` holds, of one or several checks.
    """
    rows = [row(content) for content in contents]
    header = list({name: None for cells in rows for name in cells})
    return markdown_table(header, [[cells.get(name, "-") for name in header] for cells in rows])


def row(content: Mapping[str, Any]) -> dict[str, str]:
    """The cells of a check's row, by the names of their columns."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for comparison in content["comparisons"]:
        kinds.setdefault(comparison["kind"], []).append(comparison)
    label = " ".join([content["experiment"], *settings_of(content)])
    cells = {"experiment": f"`{label}`", "steps": f"{content['steps']:,}"}
    for name in PARTS:
        if name != "objective":
            cells[TITLES[name]] = largest(kinds.get(BACKENDS, []), name)
    cells[TITLES[LOSSES]] = largest(kinds.get(BACKENDS, []), LOSSES)
    cells["between loops"] = largest(kinds.get(LOOPS, []), LOSSES)
    again = [comparison["passed"] for comparison in kinds.get(REPEAT, [])]
    cells["same bits twice"] = ("yes" if all(again) else "no") if again else "-"
    cells["moved by 1 ulp"] = largest(kinds.get(CHAOS, []), LOSSES)
    return cells


def largest(comparisons: Iterable[Mapping[str, Any]], name: str) -> str:
    """The largest difference of a part, in all comparisons; bold where one is too large."""
    chosen = list(comparisons)
    if not chosen:
        return "-"
    values = [comparison["differences"][name]["worst"] for comparison in chosen]
    text = number(max(math.inf if value is None else value for value in values))
    failed = any(not c["passed"] and not c["differences"][name]["passed"] for c in chosen)
    return f"**{text}**" if failed else text


def read(folder: Path) -> list[dict[str, Any]]:
    """The checks in a folder, wherever in it they are, the latest of each on the same settings.

    Raises:
        UserError: there are none.
    """
    contents = [json.loads(path.read_text()) for path in sorted(folder.rglob("parity.json"))]
    if not contents:
        raise UserError(f"{folder} holds no parity.json: run scripts/parity.py first")
    latest = sorted(contents, key=lambda content: content["ended"])
    found = {(c["experiment"], *settings_of(c)): c for c in latest}
    return [found[key] for key in sorted(found)]


def settings_of(content: Mapping[str, Any]) -> list[str]:
    """What was typed for a check beside its experiment and what says nothing of its numbers."""
    left_out = ("experiment=", "data.path=", "repeat=", "chaos=", "output_dir=", "backends=")
    return sorted(one for one in content.get("overrides", ()) if not one.startswith(left_out))
