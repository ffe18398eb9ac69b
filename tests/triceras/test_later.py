import importlib
import sys
import threading
import types
from pathlib import Path

import pytest

from triceras.later import Before, Later
from triceras.lean_keras import LATER, LeanFinder

pytestmark = pytest.mark.once


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package on the path whose code counts how often it is run, found by a lean finder."""
    folder = tmp_path / "slow_package"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "import time\nruns = []\ntime.sleep(0.05)\nruns.append(1)\nfrom slow_package import part\n"
    )
    (folder / "part.py").write_text("import slow_package\nvalue = len(slow_package.runs)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(LATER, "slow_package", Before({"given": 2}))
    monkeypatch.setattr(sys, "meta_path", [LeanFinder(), *sys.meta_path])
    yield "slow_package"
    for name in ("slow_package", "slow_package.part"):
        sys.modules.pop(name, None)


def test_a_module_is_loaded_once_it_is_asked(package):
    module = __import__(package)
    assert type(module) is Later
    # As `inspect` looks through all modules.
    assert module.__file__.endswith("__init__.py")
    assert not hasattr(module, "__wrapped__")
    assert module.given == 2
    assert type(module) is Later
    assert module.part.value == 1
    assert type(module) is types.ModuleType
    assert module.runs == [1]
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing


def test_what_is_in_a_package_comes_after_its_own_code(package):
    part = importlib.import_module(f"{package}.part")
    assert part.value == 1
    assert part.__spec__.origin.endswith("part.py")
    assert sys.modules[package].part is part is sys.modules[part.__name__]
    assert sys.modules[package].runs == [1]


def test_parts_can_be_used_before(package, monkeypatch):
    monkeypatch.setitem(LATER, package, Before(parts=frozenset({"part"})))
    module = __import__(package)
    (Path(module.__file__).parent / "part.py").write_text("value = 0\n")
    assert module.part.value == 0
    assert type(module) is Later
    assert module.runs == [1]
    assert module.part.value == 0


def test_one_may_ask_whether_something_is_there_already(package, monkeypatch):
    monkeypatch.setitem(LATER, package, Before(absent=frozenset({"runs"})))
    module = __import__(package)
    assert not hasattr(module, "runs")
    assert module.part.value == 1
    assert module.runs == [1]


def test_a_list_of_names_is_whole(package):
    assert "part" in dir(__import__(package))


def test_threads_wait_for_one_that_loads(package):
    module, found = __import__(package), []
    threads = [threading.Thread(target=lambda: found.append(module.runs)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[1]] * 4


def test_one_that_fails_fails_each_time_it_is_asked(package):
    module = __import__(package)
    module.__spec__.loader.loader.exec_module = lambda module: 1 / 0
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            _ = module.runs
