import tomllib
from pathlib import Path

import pytest

from triceras.config import ROOT
from triceras.errors import UserError
from triceras.scaffold.project import engine_paths, in_engine_room, with_setting

pytestmark = pytest.mark.once

TEXT = '[a]\nx = "1"  # why\n\n# Of b.\n[b]\ny = "2"\n\n[b.c]\nx = "3"\n'


def test_a_setting_is_replaced_in_its_table_alone():
    assert with_setting(TEXT, "y", "new", "b") == TEXT.replace('"2"', '"new"')
    assert with_setting("\n" + TEXT, "x", "new", "b.c") == "\n" + TEXT.replace('"3"', '"new"')


def test_a_setting_is_added_and_comments_stay():
    text = with_setting(TEXT, "z", r"C:/new", "b")
    assert tomllib.loads(text)["b"] == {"y": "2", "z": "C:/new", "c": {"x": "3"}}
    assert "# Of b." in text
    assert with_setting(text, "z", "C:/new", "b") == text


def test_no_such_table():
    with pytest.raises(UserError, match=r"no \[tool\.triceras\]"):
        with_setting(TEXT, "x", "1")


def test_a_path_of_the_engine_room():
    assert in_engine_room(Path("src/triceras/engines/jax.py"))
    assert in_engine_room(Path("Makefile"))
    assert not in_engine_room(Path("src/triceras2/x.py"))
    assert not in_engine_room(Path("conf/train.yaml"))


def test_lines_that_say_nothing_are_no_paths():
    assert engine_paths("# why\n\n a/b \nc\n") == ["a/b", "c"]


def test_what_is_the_engine_room_s_is_there():
    missing = [path for path in engine_paths() if not (ROOT / path).exists()]
    # The engine room's own pages.
    assert set(missing) <= {"docs/triceras"}
