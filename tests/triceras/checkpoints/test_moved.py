import pytest

from triceras import project
from triceras.checkpoints.moved import MOVED, at_todays_place, check_code, is_there, renamed
from triceras.errors import UserError

pytestmark = pytest.mark.once


def test_targets_get_the_names_of_today_and_nothing_else_changes():
    before = {
        "model": {
            "network": {"_target_": "old.models.vae.VAE", "units": [1, {"_target_": "old.x"}]}
        },
        "notes": "old.models",
    }
    assert renamed(before, {"old.models": "new.rooms", "old": "new"}) == {
        "model": {
            "network": {"_target_": "new.rooms.vae.VAE", "units": [1, {"_target_": "new.x"}]}
        },
        "notes": "old.models",
    }


def test_what_moved_twice_is_followed():
    moved = {"first.models": "second.models", "second": "third"}
    assert renamed({"_target_": "first.models.a.A"}, moved) == {"_target_": "third.models.a.A"}
    circle = {"a": "b", "b": "a"}
    assert renamed({"_target_": "a.x"}, circle) == {"_target_": "a.x"}


def test_a_name_that_only_begins_alike_stays():
    assert renamed({"_target_": "older.x"}, {"old": "new"}) == {"_target_": "older.x"}


def test_whatever_moved_is_there_now():
    for after in {**MOVED, **project.settings().get("moved", {})}.values():
        assert is_there(f"{after}.a.b") or is_there(f"{after}.a"), after


def test_of_this_package_what_moved_is_found_without_a_project_saying_so(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.triceras]\nlab = "mine"\n')
    monkeypatch.setattr(project, "FILE", tmp_path / "pyproject.toml")
    old = {"callback": {"_target_": "triceras.runs.checkpoints.Checkpoints"}}
    assert is_there(at_todays_place(old)["callback"]["_target_"])


@pytest.mark.parametrize(
    "target",
    [
        "keras.optimizers.Adam",
        "triceras.loops.custom.CustomLoop",
        "triceras.loops.custom.CustomLoop.train",
        "triceras.figures.RunFigure",
    ],
)
def test_what_exists_is_there(target):
    assert is_there(target)


@pytest.mark.parametrize(
    "target", ["triceras.models.vae.VAE", "triceras.figures.gone.Map", "no_such_package.A"]
)
def test_what_is_gone_is_one_line_with_the_commit(target):
    assert not is_there(target)
    run = {"git": {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": False}}
    with pytest.raises(
        UserError, match=r"use the project at its commit 0123456789ab, or"
    ) as caught:
        check_code("outputs/x", {"network": [{"_target_": target}]}, run)
    assert target in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="use the project as it was then"):
        check_code("outputs/x", {"_target_": target}, {})
