"""Makes a report: tables on the terminal and in files, and the page."""

from pathlib import Path

from triceras.reporting.files import write_tables
from triceras.reporting.page import write_page
from triceras.reporting.report import check_place, make
from triceras.reporting.run_files import printable
from triceras.reporting.settings import Settings
from triceras.reporting.terminal import show


def write(settings: Settings, unfinished: bool = True) -> Path:
    """Reads the runs, prints what came of them, and leaves it in a folder.

    Args:
        settings: what is asked for.
        unfinished: whether the runs that have not finished are printed too.

    Returns:
        The page.

    Raises:
        UserError: there are no runs, or the folder cannot be written.
    """
    report = make(settings)
    check_place(settings.place)
    show(report, unfinished)
    files = write_tables(report, settings.place)
    page = write_page(report, settings.place)
    print(f"tables: {', '.join(path.name for path in files)}")
    print(f"page: {printable(str(page))}", flush=True)
    return page
