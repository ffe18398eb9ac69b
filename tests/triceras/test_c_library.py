"""Small libraries in C."""

import pytest

from triceras import c_library

pytestmark = pytest.mark.once

SOURCE = "int answer(void) { return 42; }"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "answer.c"
    path.write_text(SOURCE)
    return path


def test_one_is_compiled_once(tmp_path, source):
    folder = tmp_path / "kept"
    assert c_library.loaded(source, folder).answer() == 42
    (made,) = folder.iterdir()
    time = made.stat().st_mtime_ns
    assert c_library.loaded(source, folder).answer() == 42
    assert [path.stat().st_mtime_ns for path in folder.iterdir()] == [time]


def test_another_source_or_compiler_has_a_library_of_its_own(tmp_path, monkeypatch, source):
    folder = tmp_path / "kept"
    first = c_library.compiled(source, folder)
    source.write_text(SOURCE.replace("42", "43"))
    assert c_library.loaded(source, folder).answer() == 43
    assert first in folder.iterdir()
    monkeypatch.setenv("CC", "no-such-compiler")
    for place in (folder, None):
        with pytest.raises(c_library.FAILURES):
            c_library.loaded(source, place)


def test_a_compiler_that_fails_leaves_nothing(tmp_path, monkeypatch, source):
    monkeypatch.setenv("CC", "false")
    with pytest.raises(c_library.FAILURES):
        c_library.compiled(source, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_one_that_was_begun_is_waited_for(tmp_path, monkeypatch, source):
    folder = tmp_path / "kept"
    slow = tmp_path / "slow"
    slow.write_text('#!/bin/sh\nsleep 0.3\nexec cc "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("CC", str(slow))
    c_library.begin(source, folder)
    assert not list(folder.glob("answer*"))
    assert c_library.loaded(source, folder).answer() == 42
    assert len(list(folder.iterdir())) == 1  # it was not compiled a second time beside that
    assert not c_library.begun


def test_one_that_was_begun_in_vain_fails_where_it_is_loaded(tmp_path, monkeypatch, source):
    monkeypatch.setenv("CC", "no-such-compiler")
    c_library.begin(source, tmp_path)
    with pytest.raises(c_library.FAILURES):
        c_library.loaded(source, tmp_path)
