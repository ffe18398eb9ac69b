import os
import time

import pytest

from triceras.old_programs import DAYS, forget_old

pytestmark = pytest.mark.once


def test_programs_that_are_old_go(tmp_path):
    ages = {"a/old.pb": DAYS + 1, "a/new.pb": DAYS - 1, "a/old.txt": DAYS + 1, "old.pb": DAYS + 1}
    for name, days in ages.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, times=(time.time() - days * 24 * 3600,) * 2)
    forget_old(tmp_path, "*/*.pb")
    assert {name for name in ages if not (tmp_path / name).exists()} == {"a/old.pb"}


def test_a_folder_that_is_not_there_has_none(tmp_path):
    forget_old(tmp_path / "nowhere", "*")
