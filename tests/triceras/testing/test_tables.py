import sys

import pytest

from triceras import project
from triceras.errors import UserError
from triceras.testing.markdown import generated
from triceras.testing.tables import Table, makers, written

pytestmark = pytest.mark.once


@pytest.fixture
def docs(tmp_path):
    """A folder of two pages, the second of which has a table."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "first.md").write_text("# First\n")
    (tmp_path / "inner" / "second.md").write_text("<!-- it: begin -->\nold\n<!-- it: end -->\n")
    return tmp_path


def test_the_page_that_has_the_marks_is_changed(docs):
    ((path, text),) = written(docs, [Table("it", "new")]).items()
    assert path == docs / "inner" / "second.md"
    assert generated(text, "it").strip() == "new"
    assert "old" in path.read_text()
    path.write_text(text)
    assert written(docs, [Table("it", "new")]) == {}


def test_two_tables_of_a_page(docs):
    page = docs / "first.md"
    page.write_text("".join(f"<!-- {n}: begin -->\n<!-- {n}: end -->\n" for n in "ab"))
    ((_, text),) = written(docs, [Table("a", "one"), Table("b", "two")]).items()
    assert [generated(text, name).strip() for name in "ab"] == ["one", "two"]


def test_marks_that_are_nowhere_or_twice(docs):
    with pytest.raises(UserError, match=r"one page in .* must have <!-- that: begin -->, and 0"):
        written(docs, [Table("that", "")])
    (docs / "third.md").write_text((docs / "inner" / "second.md").read_text())
    with pytest.raises(UserError, match=r"must have <!-- it: begin -->, and 2 have it"):
        written(docs, [Table("it", "")])


def test_makers_are_the_modules_of_that_name_that_make_tables(tmp_path, monkeypatch):
    package = tmp_path / "lab_with_tables"
    maker = "def add_arguments(parser): ...\ndef tables(options): ...\n"
    for name, text in {
        "__init__": "",
        "data/__init__": "",
        "data/tables": "rows = 3\n",
        "models/__init__": "",
        "models/tables": maker,
        "models/chairs": maker,
    }.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(project, "lab", lambda: "lab_with_tables")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert [maker.__name__ for maker in makers()] == ["lab_with_tables.models.tables"]
    finally:
        for name in [name for name in sys.modules if name.startswith("lab_with_tables")]:
            del sys.modules[name]
