import pytest

from triceras.errors import LONGEST_LINE, one_line

pytestmark = pytest.mark.once


def test_one_line_joins_lines():
    assert one_line(ValueError("first\n\n  second\tthird")) == "first second third"


def test_one_line_names_an_error_without_message():
    assert one_line(MemoryError()) == "MemoryError"


def test_one_line_cuts_what_nobody_would_read():
    line = one_line(ValueError("x" * 1000))
    assert len(line) == LONGEST_LINE
    assert line.endswith("x…")


def test_one_line_is_not_bold():
    assert one_line(ValueError("\x1b[1mshapes\x1b[0m do not fit")) == "shapes do not fit"
