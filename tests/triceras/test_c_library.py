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


def test_one_is_compiled_once(tmp_path, monkeypatch, source):
    folder = tmp_path / "kept"
    assert c_library.loaded(source, folder).answer() == 42
    (made,) = folder.iterdir()
    time = made.stat().st_mtime_ns
    monkeypatch.setenv("CC", "no-such-compiler")
    assert c_library.loaded(source, folder).answer() == 42
    assert made.stat().st_mtime_ns == time
    with pytest.raises(c_library.FAILURES):
        c_library.loaded(source, None)


def test_a_newer_source_is_compiled_anew(tmp_path, source):
    import os

    folder = tmp_path / "kept"
    made = c_library.compiled(source, folder)
    before = made.read_bytes()
    source.write_text(SOURCE.replace("42", "43"))
    later = made.stat().st_mtime + 10
    os.utime(source, (later, later))
    assert c_library.compiled(source, folder).read_bytes() != before


def test_a_compiler_that_fails_leaves_nothing(tmp_path, monkeypatch, source):
    monkeypatch.setenv("CC", "false")
    with pytest.raises(c_library.FAILURES):
        c_library.compiled(source, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []
