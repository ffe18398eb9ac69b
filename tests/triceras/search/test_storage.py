import pytest

from triceras.errors import UserError
from triceras.search.storage import open_storage, read_search, url_of

pytestmark = pytest.mark.once


def test_is_in_the_folder_unless_something_else_is_said(tmp_path):
    assert url_of(None, tmp_path) == f"sqlite:///{tmp_path}/study.db"
    assert url_of(f"{tmp_path}/a/b.db", tmp_path) == f"sqlite:///{tmp_path}/a/b.db"
    assert (tmp_path / "a").is_dir()
    assert url_of("mysql://a@b/c", tmp_path) == "mysql://a@b/c"


@pytest.mark.parametrize(
    ("storage", "told"),
    [("postgresql://a:secret@b/c", "has a password"), ("://", "is no URL"), ("", "is a folder")],
)
def test_what_is_none_is_refused(storage, told, tmp_path):
    with pytest.raises(UserError, match=told) as caught:
        url_of(storage or str(tmp_path), tmp_path)
    assert "secret" not in str(caught.value)


def test_what_is_damaged_is_told(tmp_path):
    (tmp_path / "study.db").write_text("no database, whatever it is called")
    with pytest.raises(UserError, match=r"cannot be opened: .*not a database"):
        open_storage(url_of(None, tmp_path))
    (tmp_path / "search.json").write_text("{")
    with pytest.raises(UserError, match=r"search\.json cannot be read"):
        read_search(tmp_path)


@pytest.mark.slow
def test_braces_are_no_templates(tmp_path):
    open_storage(url_of(f"{tmp_path}/{{a}}.db", tmp_path))
    assert (tmp_path / "{a}.db").is_file()
