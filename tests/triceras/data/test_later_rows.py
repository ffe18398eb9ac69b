import numpy as np
import pytest

from triceras.data.dividing import leaving_one_whole
from triceras.data.split_parts import split_parts

pytestmark = pytest.mark.once


def said(caplog, days, later, **options):
    def rows(day):
        day = np.asarray(day)
        return {"x": np.zeros((len(day), 2), "float32"), "y": np.zeros(len(day)), "day": day}

    caplog.clear()
    test = rows(later) if later is not None else None
    marks = {"inputs": "x", "labels": "y", "chronological": "day", **options}
    split_parts("days", rows(days), test=test, **marks)
    return caplog.messages


def test_a_test_that_begins_before_the_last_row_is_told_of(caplog):
    (message,) = said(caplog, np.arange(20), np.arange(15, 25), validation_size=0)
    assert message.startswith(
        "data.chronological=day: 5 of the 10 rows for test are not later than the last one for "
        "train (they begin with 15, and it is of 19), as not all were divided by it"
    )
    # The rows for validation are the last of those before.
    assert len(said(caplog, np.arange(20), np.arange(15, 25))) == 2
    (message,) = said(caplog, np.arange(20), [19, 20])
    assert "for validation (they begin with 19, and it is of 19)" in message


def test_dates_are_shown_as_they_were(caplog):
    days = [f"2026-11-{day:02d}" for day in range(1, 21)]
    (message,) = said(caplog, days, ["2026-10-31", "2027-01-01"], validation_size=0)
    assert "1 of the 2 rows for test" in message
    assert "(they begin with 2026-10-31, and it is of 2026-11-20)" in message


@pytest.mark.parametrize("later", [[20, 21], None])
def test_what_is_later_is_not(caplog, later):
    assert not said(caplog, np.arange(20), later)


def test_a_row_that_is_in_all_splits_is_not_either(caplog):
    with leaving_one_whole():
        assert not said(caplog, [3], None)
