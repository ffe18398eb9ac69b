import pytest

from triceras.errors import UserError
from triceras.testing.markdown import generated, read_table, table, with_generated

pytestmark = pytest.mark.once

README = "# Title\n\n<!-- it: begin -->\nold\n<!-- it: end -->\n\nthe rest\n"


def test_table():
    assert table(["a", "b"], [["1", "x|y"]]) == "| a | b |\n| --- | --- |\n| 1 | x\\|y |"


def test_read_table_reads_what_table_writes():
    rows = [["1", "x|y"], ["2", ""]]
    text = f"before\n\n{table(['a', 'b'], rows)}\n\nafter\n\n{table(['c'], [['3']])}"
    assert read_table(text) == [{"a": "1", "b": "x|y"}, {"a": "2", "b": ""}]


def test_generated_part_is_replaced_and_nothing_else():
    text = with_generated(README, "it", "new\\1")
    assert text == ("# Title\n\n<!-- it: begin -->\n\nnew\\1\n\n<!-- it: end -->\n\nthe rest\n")
    assert generated(text, "it").strip() == "new\\1"
    assert with_generated(text, "it", "new\\1") == text


@pytest.mark.parametrize("text", ["", README + README, "<!-- it: begin -->\n"])
def test_not_one_part(text):
    with pytest.raises(UserError, match="there must be one part from <!-- it: begin -->"):
        with_generated(text, "it", "new")
