import pytest

from triceras.errors import UserError
from triceras.scaffold.git import check_clean, git, tracked

pytestmark = pytest.mark.once


def test_what_git_says_no_to_is_told_in_one_line(template):
    with pytest.raises(UserError, match=r"git checkout failed: .*nowhere") as error:
        git(template, "checkout", "nowhere")
    assert "\n" not in str(error.value)


def test_git_that_is_not_there(template, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="git is not installed"):
        git(template, "status")


def test_a_clean_tree(template):
    (template / ".gitignore").write_text("outputs/\n")
    with pytest.raises(UserError, match=r"^\.gitignore: changes that are not committed"):
        check_clean(template)
    git(template, "add", ".gitignore")
    with pytest.raises(UserError, match="changes that are not committed"):
        check_clean(template)
    (template / ".git" / "info" / "exclude").write_text(".gitignore\n")
    git(template, "rm", "-q", "--cached", ".gitignore")
    check_clean(template)


def test_many_changes_are_counted(template):
    for i in range(5):
        (template / f"{i}.txt").touch()
    with pytest.raises(UserError, match=r"0\.txt, 1\.txt, 2\.txt and 2 more"):
        check_clean(template)


def test_a_folder_within_another_repository_is_none_of_its_own(template):
    with pytest.raises(UserError, match="no git repository"):
        check_clean(template / "src")
    with pytest.raises(UserError, match="no git repository"):
        check_clean(template.parent)


def test_tracked_files_that_are_there(template):
    (template / "new.txt").touch()
    (template / "Makefile").unlink()
    paths = {path.as_posix() for path in tracked(template)}
    assert "src/lab/models/old.py" in paths
    assert not paths & {"new.txt", "Makefile"}
