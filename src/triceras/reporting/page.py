"""One page with everything in it, which asks the network for nothing."""

import json
import math
import secrets
import string
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from triceras.reporting.curves import BUDGET as NUMBERS
from triceras.reporting.curves import Curves, curves
from triceras.reporting.groups import Results
from triceras.reporting.html import bullets, escaped, paragraphs
from triceras.reporting.labels import PREFIX, keys_of, labels, short_names
from triceras.reporting.page_sections import has_parallel, navigation, section, unfinished
from triceras.reporting.pictures import BUDGET as BYTES
from triceras.reporting.pictures import pictures
from triceras.reporting.report import Report, titles
from triceras.reporting.run_files import printable
from triceras.reporting.terminal import told_counts
from triceras.runs.folder import replacing
from triceras.runs.record import now

NAME = "report.html"
SCRIPTS = ("common", "curves", "settings", "tables", "together")
EXPLAINED = (
    "A setting is what its runs have in common; n counts its seeds. Values are those that finished "
    "runs reached at the end of training; what has not finished, or ended with no number, is "
    "counted and in no mean.",
    "± is the standard deviation over seeds. The 95 % interval of a mean is Student's t: exact, at "
    "any n, where seeds scatter like a normal distribution. The percentile bootstrap beside it "
    "assumes no distribution, but of 3 to 5 seeds it holds the mean of a normal one 77 to 84 times "
    "in 100, and of a lognormal one 64 to 71 (Student's t: 95, and 82 to 84): decide by the other.",
    "Settings are compared with the best over the seeds that both have: the mean of the "
    "differences, its interval, Hedges' g (the mean in standard deviations of the differences), "
    "and p of Student's t test with Holm's correction, as among many settings one looks best by "
    "chance.",
    "A curve is the mean over all seeds of a setting; it ends where the first of them does, and "
    "has a gap where one of them has no number.",
)


def write_page(report: Report, folder: Path) -> Path:
    """Writes the page.

    Args:
        report: what it shows.
        folder: that is there.

    Returns:
        The file.
    """
    path = folder / NAME
    with replacing(path) as temporary:
        temporary.write_text(page(report), encoding="utf-8")
    return path


def page(report: Report) -> str:
    """The page, as text."""
    sections, data = [], []
    names = titles(report.compared)
    for place, (title, one) in enumerate(zip(names, report.compared, strict=True)):
        drawn = curves(one.results, NUMBERS // len(report.compared))
        shown = pictures(one.results, BYTES // len(report.compared))
        data.append(data_of(one.results, drawn))
        sections.append(section(place, title, one, drawn, *shown))
    # Parallel coordinates are drawn by WebGL, for which Plotly writes code.
    parallel = any(has_parallel(one.results.groups) for one in report.compared)
    where = printable(", ".join(map(str, report.settings.folders)))
    return string.Template(read("page.html")).substitute(
        nonce=secrets.token_urlsafe(16),
        evaluation=" 'unsafe-eval'" if parallel else "",
        title="Report",
        style=read("page.css"),
        counts=escaped(told_counts(report.counts)),
        origin=escaped(f"of {where}, {now()}"),
        navigation=navigation(names),
        notes=bullets(report.notes, "notes"),
        comparisons="".join(sections),
        unfinished=unfinished(report.unfinished),
        explained=f"<details><summary>How it is computed</summary>{paragraphs(EXPLAINED, 'quiet')}"
        "</details>",
        data=embedded({"comparisons": data}),
        plotly=as_script(files("plotly").joinpath("package_data/plotly.min.js").read_text("utf-8")),
        script=as_script('"use strict";\n{\n' + "\n".join(map(script, SCRIPTS)) + "}\n"),
    )


def read(name: str) -> str:
    """A file of the page."""
    return (Path(__file__).parent / "web" / name).read_text(encoding="utf-8")


def script(name: str) -> str:
    """A part of the page's own script."""
    return read(f"{name}.js")


def as_script(code: str) -> str:
    """Code as it may stand within a page, whose parser looks for the end of a script."""
    return code.replace("</script", "<\\/script")


def embedded(content: Mapping[str, Any]) -> str:
    """Data as JSON that no parser of HTML takes for anything else."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def as_json(value: Any) -> Any:
    """The value of a setting; JSON has no infinity."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def data_of(results: Results, drawn: Curves) -> dict[str, Any]:
    """What the plots of a comparison are drawn of."""
    groups, comparison = results.groups, results.comparison
    keys = keys_of(groups)
    monitor = comparison.monitor
    seeds = results.values.group_by("setting", "seed").agg(pl.col("value").mean()).sort("seed")
    of_setting = {n: table["value"].to_list() for (n,), table in seeds.group_by("setting")}
    settings = [
        {
            "number": row["setting"],
            "label": label,
            "values": [as_json(row[PREFIX + key]) for key in keys],
            "mean": row[f"{monitor}_mean"],
            "low": row.get(f"{monitor}_low"),
            "high": row.get(f"{monitor}_high"),
            "seeds": of_setting.get(row["setting"], []),
        }
        for label, row in zip(labels(groups), groups.iter_rows(named=True), strict=True)
    ]
    return {
        "monitor": monitor,
        "mode": comparison.mode,
        "keys": [
            {"name": key, "short": short, "numeric": groups[PREFIX + key].dtype.is_numeric()}
            for key, short in zip(keys, short_names(keys), strict=True)
        ],
        "settings": settings,
        "curves": {"unit": drawn.unit, "settings": drawn.settings},
    }
