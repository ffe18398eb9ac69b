"""Pieces of HTML, in which what comes from runs is text and nothing else."""

import dataclasses
import html
import math
from collections.abc import Iterable, Sequence
from typing import Any


def escaped(text: Any) -> str:
    """A text as HTML shows it, also between quotes."""
    return html.escape(str(text), quote=True)


def paragraphs(lines: Iterable[str], kind: str) -> str:
    """Lines of text, each a paragraph, in a block; nothing where there are none."""
    inside = "".join(f"<p>{escaped(line)}</p>" for line in lines)
    return f'<div class="{kind}">{inside}</div>' if inside else ""


def bullets(lines: Iterable[str], kind: str) -> str:
    """Lines of text as a list; nothing where there are none."""
    inside = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return f'<ul class="{kind}">{inside}</ul>' if inside else ""


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Args:
        text: what it shows.
        value: the number by which its column is sorted, or `None` for the text.
        numeric: whether its column is one of numbers.
        kind: of CSS.
    """

    text: str
    value: float | None = None
    numeric: bool = False
    kind: str = ""

    @property
    def markup(self) -> str:
        """The cell in HTML."""
        attributes = ""
        if kinds := f"{'number ' if self.numeric else ''}{self.kind}".strip():
            attributes += f' class="{kinds}"'
        if self.numeric:
            known = self.value is not None and math.isfinite(self.value)
            attributes += f' data-value="{self.value if known else ""}"'
        return f"<td{attributes}>{escaped(self.text)}</td>"


def number(text: str, value: float | None, kind: str = "") -> Cell:
    """A cell with a number, or an empty one that is sorted to the end."""
    return Cell(text, value, numeric=True, kind=kind)


@dataclasses.dataclass(frozen=True)
class Head:
    """The head of a column.

    Args:
        text: what it shows.
        title: what it means, or nothing.
        kind: of CSS.
    """

    text: str
    title: str = ""
    kind: str = ""

    def markup(self, numeric: bool) -> str:
        """The head in HTML, of a column of numbers or of texts."""
        kind = f"{'number ' if numeric else ''}{self.kind}".strip()
        kind = f' class="{kind}"' if kind else ""
        title = f' title="{escaped(self.title)}"' if self.title else ""
        return f'<th scope="col"{kind}{title}><button>{escaped(self.text)}</button></th>'


def table(
    identity: str, heads: Sequence[Head], rows: Iterable[tuple[str, Sequence[Cell]]], kind: str = ""
) -> str:
    """A table that can be sorted, and a field that filters it; columns of nothing are left out.

    Args:
        identity: of the table in the page.
        heads: of the columns.
        rows: the attributes of each row, which are no text of a run's, and its cells.
        kind: of CSS.
    """
    rows = list(rows)
    kept = [i for i in range(len(heads)) if any(cells[i].text for _, cells in rows)]
    heads = [heads[i] for i in kept]
    rows = [(attributes, [cells[i] for i in kept]) for attributes, cells in rows]
    body = "".join(
        f"<tr{f' {attributes}' if attributes else ''}>{''.join(cell.markup for cell in cells)}</tr>"
        for attributes, cells in rows
    )
    numeric = [cell.numeric for cell in rows[0][1]] if rows else [False] * len(heads)
    top = "".join(head.markup(one) for head, one in zip(heads, numeric, strict=True))
    return (
        f'<div class="controls"><input type="search" data-filters="{identity}" '
        f'aria-label="filter the table" placeholder="filter: words, or name&lt;number"></div>'
        f'<div class="scroll"><table id="{identity}" class="{kind}"><thead><tr>'
        f"{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def select(name: str, options: Sequence[tuple[str, str]]) -> str:
    """A field of choices: their values, and what is shown of them."""
    inside = "".join(
        f'<option value="{escaped(value)}">{escaped(text)}</option>' for value, text in options
    )
    return f'<select name="{name}">{inside}</select>'
