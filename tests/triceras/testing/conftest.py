import pytest


@pytest.fixture(scope="module")
def no_plugins():
    """Has pytest load none in processes of its own: half of the time that it takes to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        yield


@pytest.fixture
def suite(tmp_path, monkeypatch, no_plugins):
    """A function that writes a project with one test file; it becomes the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")

    def write(*lines: str):
        (tmp_path / "test_it.py").write_text("\n".join(("import os, pytest", *lines, "")))
        return tmp_path

    return write
