import io

import pytest
from rich.console import Console

from triceras.testing.report import all_good, table
from triceras.testing.suite import NOTHING_COLLECTED, Outcome

pytestmark = pytest.mark.once

FINE = Outcome("jax", 0, "== 7 passed, 2 skipped in 1.20s ==", 3.21, 4.32)
FAILED = Outcome(
    "torch", 1, "== 1 failed, 5 passed, 4 deselected, 2 errors in 2.00s ==", 60.0, 50.0
)
EMPTY = Outcome("tensorflow", NOTHING_COLLECTED, "== 9 deselected in 0.10s ==", 1.0, 1.0)
SKIPPED = Outcome("jax", 0, "== 2 skipped in 0.10s ==", 1.0, 1.0)


def test_table():
    printed = io.StringIO()
    Console(file=printed, width=100).print(table([FINE, FAILED]))
    rows = [line.split() for line in printed.getvalue().replace("│", " ").splitlines()]
    assert ["jax", "7", "0", "2", "0", "3.2", "4.3"] in rows
    assert ["torch", "5", "3", "0", "4", "60.0", "50.0"] in rows


@pytest.mark.parametrize(
    ("outcomes", "good"),
    [
        ([FINE], True),
        ([FINE, EMPTY], True),
        ([FINE, FAILED], False),
        ([EMPTY], False),
        ([SKIPPED], False),
        ([], False),
    ],
)
def test_all_good(outcomes, good):
    assert all_good(outcomes) is good
