"""What is printed of the runs of the suite."""

from collections.abc import Sequence

from rich.table import Table

from triceras.testing.suite import Outcome

COLUMNS = {
    "passed": ("passed", "xpassed"),
    "failed": ("failed", "error"),
    "skipped": ("skipped", "xfailed"),
    "deselected": ("deselected",),
}


def table(outcomes: Sequence[Outcome]) -> Table:
    """A row of counts for each session."""
    result = Table()
    result.add_column("session")
    for name in (*COLUMNS, "seconds", "of processor"):
        result.add_column(name, justify="right")
    for outcome in outcomes:
        result.add_row(
            outcome.name,
            *(str(outcome.count(*results)) for results in COLUMNS.values()),
            f"{outcome.seconds:.1f}",
            f"{outcome.processor_seconds:.1f}",
            style=None if outcome.good else "red",
        )
    return result


def all_good(outcomes: Sequence[Outcome]) -> bool:
    """Whether no test failed in any session, and one passed in at least one."""
    return all(outcome.good for outcome in outcomes) and any(
        outcome.count(*COLUMNS["passed"]) for outcome in outcomes
    )
