import pytest

from triceras.errors import UserError
from triceras.testing.markdown import (
    broken_links,
    generated,
    missing_scripts,
    read_table,
    table,
    with_generated,
)

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


def test_links_that_lead_nowhere(tmp_path):
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    (page.parent / "other.md").write_text("# Its title, in `code`\n")
    page.write_text(
        "## Here\n[a](other.md) [b](../docs) [c](https://nowhere.test) [d](#here)"
        " [e](other.md#its-title-in-code)\n"
    )
    assert broken_links(page) == []
    page.write_text(page.read_text() + "[f](gone.md) [g](other.md#here) [h](#there)")
    assert broken_links(page) == ["gone.md", "other.md#here", "#there"]


def test_scripts_that_are_not_there(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("`python scripts/one.py x=1`\n\npython scripts/two.py\n")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "one.py").touch()
    assert missing_scripts(page, tmp_path) == ["scripts/two.py"]
