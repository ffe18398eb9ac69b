import sys

import pytest

from triceras import c_library, torch_libraries

pytestmark = pytest.mark.once


@pytest.fixture
def begun(monkeypatch):
    found = []
    monkeypatch.setattr(c_library, "begin", lambda source, folder: found.append((source, folder)))
    monkeypatch.setattr(torch_libraries, "has_nvidia_processor", lambda: False)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    return found


def test_they_are_compiled_where_they_are_kept(begun, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    torch_libraries.compile_ahead()
    assert begun == [
        (torch_libraries.POINTWISE, tmp_path / "c"),
        (torch_libraries.THREEFRY, tmp_path / "threefry"),
    ]
    assert all(source.is_file() for source, _ in begun)


def test_nothing_is_compiled_that_would_not_be_kept(begun, monkeypatch):
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    torch_libraries.compile_ahead()
    assert not begun


@pytest.mark.parametrize("case", ["a GPU", "too late"])
def test_nothing_is_compiled_for_nothing(begun, tmp_path, monkeypatch, case):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    monkeypatch.setattr(torch_libraries, "has_nvidia_processor", lambda: case == "a GPU")
    if case == "too late":
        monkeypatch.setitem(sys.modules, "torch", object())
    torch_libraries.compile_ahead()
    assert not begun
