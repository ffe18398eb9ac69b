import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.data import beside_imports
from triceras.data.beside_imports import beside, can_be_read_beside, only_reads, wait_for_imports

pytestmark = pytest.mark.once


def unmarked():
    return "read"


@only_reads
def marked():
    return "read"


def test_only_a_marked_source_is_read_beside_and_only_before_keras(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    names = ("marked", "unmarked", "absent")
    configs = {name: OmegaConf.create({"_target_": f"{__name__}.{name}"}) for name in names}
    found = {name: can_be_read_beside(config) for name, config in configs.items()}
    assert found == {"marked": True, "unmarked": False, "absent": False}
    for wrong in (None, OmegaConf.create({"path": "x"}), OmegaConf.create({"_target_": "???"})):
        assert not can_be_read_beside(wrong)
    monkeypatch.setitem(sys.modules, "keras", object())
    assert not can_be_read_beside(configs["marked"])


def test_it_is_read_in_another_thread_meanwhile():
    here, before = threading.get_ident(), sys.getswitchinterval()
    begun = threading.Event()

    def load():
        begun.set()
        return threading.get_ident()

    with beside(load) as loaded:
        assert begun.wait(10)
        assert sys.getswitchinterval() == pytest.approx(beside_imports.SWITCH_INTERVAL)
        assert loaded() != here
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_it_raises_is_raised_here(kind):
    def fail():
        raise kind("gone")

    with pytest.raises(kind, match="gone"), beside(fail) as loaded:
        loaded()


def test_what_imports_keras_waits_until_imports_are_over():
    order = []

    def load():
        wait_for_imports()
        order.append("read")

    with beside(load) as loaded:
        time.sleep(0.2)
        order.append("imported")
        loaded()
    assert order == ["imported", "read"]


def test_an_import_that_fails_leaves_nobody_waiting():
    over = threading.Event()

    def load():
        wait_for_imports()
        over.set()

    with pytest.raises(ImportError), beside(load):
        raise ImportError("broken")
    assert over.wait(10)
    wait_for_imports()


CHILD = """
import sys, threading
from omegaconf import OmegaConf
from triceras import backend
from triceras.commands.train import load_data
from triceras.data import python_source
from triceras.data.beside_imports import only_reads

seen = []

@only_reads
def load(path):
    seen.append((threading.current_thread().name, "keras" in sys.modules))
    return path

def other(path):
    seen.append((threading.current_thread().name, "keras" in sys.modules))
    return path

sys.modules["own"] = sys.modules["__main__"]
backend.use(sys.argv[1])
for name in ("other", "load", "load"):
    data = {"_target_": f"own.{name}", "path": "x"}
    assert load_data(OmegaConf.create({"data": data}), None) == "x"
print([thread for thread, _ in seen], seen[0][1])
"""


@pytest.mark.slow
def test_a_run_reads_what_is_marked_while_it_imports(backend):
    found = subprocess.run(
        [sys.executable, "-c", CHILD, backend], capture_output=True, text=True, timeout=100
    )
    assert found.stdout.strip() == "['MainThread', 'data', 'MainThread'] False", found.stderr


@pytest.mark.slow
def test_a_table_is_read_by_pandas_itself_while_keras_is_imported(backend, tmp_path):
    (tmp_path / "points.csv").write_text("x,label\n" + "0.5,1\n0.25,0\n" * 20)
    child = f"""
from omegaconf import OmegaConf
from triceras import backend
from triceras.commands.train import load_data
backend.use("{backend}")
config = {{"_target_": "triceras.data.arrays.load", "path": "{tmp_path}/points.csv"}}
data = load_data(OmegaConf.create({{"data": config}}), None)
import pandas
print(len(data.train), hasattr(pandas, "DataFrame"))
"""
    found = subprocess.run(
        [sys.executable, "-c", child], capture_output=True, text=True, timeout=100
    )
    assert found.stdout.strip() == "32 True", found.stderr


def test_large_arrays_are_the_same(tmp_path):
    from triceras.data.arrays import load

    path = tmp_path / "points.npz"
    np.savez(path, x=np.random.default_rng(0).normal(size=(1000, 50)), y=np.arange(1000))
    with beside(lambda: load(path=str(path))) as loaded:
        found = loaded()
    wanted = load(path=str(path))
    assert found.sha256 == wanted.sha256
    np.testing.assert_array_equal(found.train["x"], wanted.train["x"])
