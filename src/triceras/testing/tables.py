"""Tables that are written from results into the pages under `docs/`."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from triceras import project
from triceras.errors import UserError
from triceras.testing.markdown import with_generated


@dataclasses.dataclass(frozen=True)
class Table:
    """A table that stands in a page between `<!-- name: begin -->` and `<!-- name: end -->`.

    Args:
        name: the name in its marks.
        content: Markdown.
        problems: a line for each result in it that is not as it should be.
    """

    name: str
    content: str
    problems: tuple[str, ...] = ()


def makers() -> Iterator[ModuleType]:
    """The project's own makers of tables: modules `tables` of its package.

    Such a module has `add_arguments(parser)`, which adds its options to the command line, and
    `tables(options)`, which yields each `Table` that they ask for. One without is something else.
    """
    package = importlib.import_module(project.lab())
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.endswith(".tables"):
            found = importlib.import_module(module.name)
            if hasattr(found, "add_arguments") and hasattr(found, "tables"):
                yield found


def written(docs: Path, tables: Iterable[Table]) -> dict[Path, str]:
    """Puts tables where their marks are.

    Args:
        docs: a folder of Markdown files.
        tables: the tables.

    Returns:
        The new text of each page that changes.

    Raises:
        UserError: no page has the marks of a table, or several have them.
    """
    before = {path: path.read_text() for path in sorted(docs.rglob("*.md"))}
    after = dict(before)
    for table in tables:
        mark = f"<!-- {table.name}: begin -->"
        pages = [path for path, text in before.items() if mark in text]
        if len(pages) != 1:
            raise UserError(f"one page in {docs} must have {mark}, and {len(pages)} have it")
        after[pages[0]] = with_generated(after[pages[0]], table.name, table.content)
    return {path: text for path, text in after.items() if text != before[path]}
