"""What a search needs beside what a run does."""

from triceras.packages import check_installed


def check_packages() -> None:
    """Checks that what a search needs is installed.

    Raises:
        UserError: it is not.
    """
    check_installed("a search", ["optuna"], extra="search")
