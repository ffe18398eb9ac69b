"""What a report needs beside what a run does."""

from triceras.packages import check_installed

# Of the extra `report`.
PACKAGES = ("polars", "plotly", "scipy")


def check_packages() -> None:
    """Checks that what a report needs is installed.

    Raises:
        UserError: it is not.
    """
    check_installed("a report", PACKAGES, extra="report")
