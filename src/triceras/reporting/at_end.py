"""The report that a sweep ends with."""

import logging
from pathlib import Path

from triceras.errors import UserError, one_line
from triceras.reporting.packages import check_packages

log = logging.getLogger(__name__)


def report_at_end(folder: Path) -> Path | None:
    """Writes the report of a sweep into its folder, and prints its tables and where its page is.

    What goes wrong is one line, and never the sweep's end.

    Args:
        folder: of the sweep.

    Returns:
        The page, or `None` where there is none.
    """
    try:
        check_packages()
        # Imported here, as they need these packages.
        from triceras.reporting.settings import Settings
        from triceras.reporting.write import write

        return write(Settings((folder,)), unfinished=False)
    except UserError as error:
        print(f"no report: {error}")
    except Exception as error:
        log.debug("the report failed", exc_info=True)
        print(f"no report: {type(error).__name__}: {one_line(error)}")
    return None
