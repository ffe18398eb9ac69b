"""Puts the results of several benchmarks together for a page under `docs/`."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from triceras.benchmark.report import TITLES, tables
from triceras.benchmark.session import without_backend
from triceras.benchmark.summary import KINDS, OURS
from triceras.errors import UserError
from triceras.testing.markdown import table

Result = dict[str, Any]
SUMMARIES = {"speed": "All contenders", "scale": "Sizes"}
# In the order in which they come on the page.
KINDS_OF_RESULTS = ("whole", "speed", "scale")


def read(folder: Path) -> list[Result]:
    """The results in a folder, wherever in it they are.

    Of each experiment and backend the latest is taken, of each kind; the experiments are
    in the order of their names.

    Raises:
        UserError: there are none.
    """
    contents = [json.loads(path.read_text()) for path in sorted(folder.rglob("result.json"))]
    # A run that was stopped before its first backend was done has no end.
    ended = sorted((c for c in contents if "ended" in c), key=lambda content: content["ended"])
    if not ended:
        raise UserError(f"{folder} holds no result.json: run scripts/benchmark.py first")
    latest = {(c["experiment"], kind_of(c), name): c for c in ended for name in c["backends"]}
    results: dict[tuple[Any, ...], Result] = {}
    for (experiment, kind, name), content in sorted(latest.items()):
        key = (KINDS_OF_RESULTS.index(kind), experiment, conditions(content))
        result = results.setdefault(key, {**content, "backends": {}})
        result["backends"][name] = content["backends"][name]
    return [result for _, result in sorted(results.items(), key=lambda item: item[0])]


def kind_of(result: Mapping[str, Any]) -> str:
    """What was measured: `speed`, `scale` or `whole`."""
    # Results of before there were three kinds.
    return result.get("kind") or ("scale" if result["scale"] else "speed")


def conditions(result: Mapping[str, Any]) -> str:
    """What was measured, and on what."""
    overrides = " ".join(without_backend(result["overrides"]))
    devices = {each.get("device") for each in result["backends"].values()} - {None, "cpu"}
    machine = f"{result['cores']} cores of {result['processor']}"
    return f"`{overrides}`, on {', '.join([*sorted(devices), machine])}"


def markdown(results: Iterable[Result]) -> str:
    """What ours takes of the others' time, a step and whole runs, then all tables, folded away."""
    results = list(results)
    parts = []
    rows = [row for result in results if kind_of(result) == "speed" for row in overview(result)]
    if rows:
        others = [f"of {TITLES[kind]}" for kind in KINDS]
        header = ["a step of ours takes", "ms", *others, "start-up, s"]
        parts.append(table(header, rows, numbers=True))
    for result in results:
        if kind_of(result) == "whole":
            parts += [f"Whole runs: {conditions(result)}", *tables(result)]
            continue
        parts.append(
            f"<details>\n<summary>{SUMMARIES[kind_of(result)]}: "
            f"<code>{result['experiment']}</code></summary>"
        )
        parts += [conditions(result), *tables(result), "</details>"]
    return "\n\n".join(parts)


def overview(result: Result) -> list[list[str]]:
    """A row for each backend: ours, and its part of the time of each other kind."""
    rows = []
    for name, each in result["backends"].items():
        ours = each["contenders"][OURS]
        ratios = [each["ratios"].get(kind) for kind in KINDS]
        rows.append(
            [
                f"`{result['experiment']}`, {name}",
                f"{ours['summary']['median']:.3f}",
                *(f"{ratio['median']:.2f}" if ratio else "" for ratio in ratios),
                f"{ours['seconds']['to_first_step']:.1f}",
            ]
        )
    return rows
