"""Tables in Markdown, and the parts of a file that are generated."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from triceras.errors import UserError

CELL = re.compile(r"(?<!\\)\|")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SCRIPT = re.compile(r"python (scripts/\w+\.py)")


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = False) -> str:
    """A table.

    Args:
        header: names of the columns.
        rows: cells of each row, as many as there are columns.
        numbers: all columns but the first hold numbers, and are aligned to the right.

    Returns:
        Its lines, without an end of line after the last.
    """
    others = "---:" if numbers else "---"
    lines = [header, ["---", *[others] * (len(header) - 1)], *rows]
    escaped = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def read_table(text: str) -> list[dict[str, str]]:
    """The rows of the first table in a text, by the names of its columns."""
    lines = []
    for line in text.splitlines():
        if line.startswith("|"):
            cells = CELL.split(line.strip())[1:-1]
            lines.append([cell.strip().replace("\\|", "|") for cell in cells])
        elif lines:
            break
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def generated(text: str, name: str) -> str:
    """What stands between `<!-- name: begin -->` and `<!-- name: end -->`.

    Raises:
        UserError: the text has no such part, or several.
    """
    return find(text, name)[2]


def with_generated(text: str, name: str, content: str) -> str:
    """The text with other content between the marks of a name.

    Raises:
        UserError: the text has no such part, or several.
    """
    match = find(text, name)
    return f"{text[: match.end(1)]}\n\n{content}\n\n{text[match.start(3) :]}"


def find(text: str, name: str) -> re.Match[str]:
    """The part of a name: its first mark, its content, its last mark."""
    begin, end = (f"<!-- {re.escape(name)}: {mark} -->" for mark in ("begin", "end"))
    matches = list(re.finditer(rf"^({begin})\n(.*?)^({end})$", text, re.M | re.S))
    if len(matches) != 1:
        raise UserError(
            f"there must be one part from <!-- {name}: begin --> to <!-- {name}: end -->, each on "
            f"a line of its own, and there are {len(matches)}"
        )
    return matches[0]


def broken_links(page: Path) -> list[str]:
    """The links of a page to files and headings that are not there; others are not followed."""
    broken = []
    for link in LINK.findall(page.read_text()):
        path, _, part = link.partition("#")
        target = page.parent / path if path else page
        if "://" not in link and not (
            target.exists() and (not part or part in anchors(target.read_text()))
        ):
            broken.append(link)
    return broken


def anchors(text: str) -> set[str]:
    """The names by which a link reaches the headings of a text, as GitHub makes them."""
    return {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in HEADING.findall(text)
    }


def missing_scripts(page: Path, root: Path) -> list[str]:
    """The scripts that the commands of a page call and that are not there."""
    return [script for script in SCRIPT.findall(page.read_text()) if not (root / script).is_file()]
