"""The parts of a page."""

from collections.abc import Sequence

import polars as pl

from triceras.reporting.curves import Curves
from triceras.reporting.html import bullets, escaped, paragraphs, select
from triceras.reporting.labels import keys_of, labels
from triceras.reporting.page_tables import RUNS, runs_table, settings_table, unfinished_table
from triceras.reporting.pictures import Picture
from triceras.reporting.report import Compared
from triceras.reporting.run_files import Run

# Fewer settings than these have nothing to show on parallel coordinates.
PARALLEL = 5
INTERVALS = (
    '<div class="plot intervals" role="img" aria-label="means and intervals"></div>'
    '<p class="quiet left-out-settings"></p>'
)


def navigation(names: list[str]) -> str:
    """Links to the comparisons, where there are several."""
    if len(names) < 2:
        return ""
    links = (f'<li><a href="#c{i}">{escaped(name)}</a></li>' for i, name in enumerate(names))
    return f"<nav><ul>{''.join(links)}</ul></nav>"


def section(
    place: int, title: str, one: Compared, drawn: Curves, shown: list[Picture], left_out: int
) -> str:
    """A comparison."""
    groups = one.results.groups
    parts = [
        f'<section id="c{place}" data-comparison="{place}"><h2>{escaped(title)}</h2>',
        paragraphs(one.verdict, "answer"),
        bullets(one.notes, "notes"),
        "<h3>What each setting reached</h3>",
        INTERVALS if one.results.values.height else "",
        '<div class="controls">'
        '<label><input type="checkbox" name="all-metrics"> all metrics</label></div>',
        settings_table(f"settings{place}", one),
    ]
    if drawn.settings:
        parts.append(curves_part(drawn))
    if has_parallel(groups):
        parts.append(
            "<h3>Parallel coordinates</h3><p class='quiet'>Drag along an axis to choose.</p>"
            '<div class="scroll wide"><div class="plot parallel"></div></div>'
        )
    if shown:
        parts.append(pictures_part(shown, left_out, labels(groups)))
    count = one.results.runs.height
    more = f", of which {RUNS:,} are here and all in runs.csv" if count > RUNS else ""
    parts.append(f"<details><summary>All {count:,} runs{more}</summary>")
    parts.append(f"{runs_table(f'runs{place}', one)}</details></section>")
    return "".join(parts)


def has_parallel(groups: pl.DataFrame) -> bool:
    """Whether settings are many enough, and differ in enough, for parallel coordinates."""
    return len(keys_of(groups)) > 1 and groups.height >= PARALLEL


def curves_part(drawn: Curves) -> str:
    """Where the curves are drawn, and what can be chosen of them."""
    metrics = select("metric", [(name, name) for name in drawn.metrics])
    kinds = select(
        "band",
        [
            ("interval", "95 % interval of the mean"),
            ("range", "least to most of the seeds"),
            ("none", "none"),
        ],
    )
    return (
        '<h3>Learning curves</h3><div class="controls curve-controls">'
        f"<label>metric {metrics}</label><label>band {kinds}</label>"
        '<label><input type="checkbox" name="log"> logarithmic</label></div>'
        '<div class="plot curves" role="img" aria-label="learning curves"></div>'
        '<div class="legend"></div><p class="quiet left-out"></p>'
    )


def pictures_part(shown: list[Picture], left_out: int, names: list[str]) -> str:
    """Pictures of the best settings side by side."""
    figures = dict.fromkeys(picture.name for picture in shown)
    parts = [
        "<h3>Pictures side by side</h3><div class='controls'><label>figure "
        f"{select('picture', [(name, name) for name in figures])}</label></div>"
        '<div class="pictures">'
    ]
    for one in shown:
        caption = escaped(f"{one.setting}: {names[one.setting - 1]}, seed {one.seed}")
        width, height = one.size
        parts.append(
            f'<figure data-name="{escaped(one.name)}"><img alt="{escaped(one.name)} of {caption}" '
            f'src="{one.content}" width="{width}" height="{height}" loading="lazy">'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    parts.append("</div>")
    if left_out:
        parts.append(f'<p class="quiet">{left_out} more pictures are left out: no room.</p>')
    return "".join(parts)


def unfinished(runs: Sequence[Run]) -> str:
    """The runs that have not finished."""
    if not runs:
        return ""
    more = f", of which {RUNS:,} are here and all in runs.csv" if len(runs) > RUNS else ""
    return (
        f'<section id="unfinished"><h2>{len(runs):,} not finished{more}</h2>'
        f"{unfinished_table('unfinished-runs', runs)}</section>"
    )
