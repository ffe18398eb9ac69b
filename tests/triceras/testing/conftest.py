import pytest


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """A function that writes a project with one test file; it becomes the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")

    def write(*lines: str):
        (tmp_path / "test_it.py").write_text("\n".join(("import os, pytest", *lines, "")))
        return tmp_path

    return write
