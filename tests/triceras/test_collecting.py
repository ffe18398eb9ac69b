import gc
import subprocess
import sys

import pytest

from triceras.collecting import not_collecting

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def as_it_was():
    enabled = gc.isenabled()
    yield
    gc.unfreeze()
    (gc.enable if enabled else gc.disable)()


@pytest.mark.parametrize("enabled", [True, False])
def test_nothing_is_collected_meanwhile(enabled):
    (gc.enable if enabled else gc.disable)()
    with not_collecting():
        assert not gc.isenabled()
    assert gc.isenabled() == enabled


def test_what_was_there_is_not_looked_at_again():
    found = []
    with not_collecting():
        found.append(found)
    assert not any(each is found for each in gc.get_objects())


def test_an_error_leaves_it_on():
    gc.enable()
    with pytest.raises(ValueError, match="no"), not_collecting():
        raise ValueError("no")
    assert gc.isenabled()


def test_files_are_whole_where_python_ends(tmp_path):
    code = (
        "from triceras.collecting import not_collecting\n"
        "file = open('text', 'w'); file.write('written'); cycle = [file]; cycle.append(cycle)\n"
        "def function(): pass\n"
        "with not_collecting(): pass\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert (tmp_path / "text").read_text() == "written"
