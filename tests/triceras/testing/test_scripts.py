import sys

import pytest

from triceras.testing.scripts import run_here

pytestmark = pytest.mark.once


@pytest.fixture
def script(tmp_path):
    """A function that writes a script."""

    def script(*lines):
        path = tmp_path / "it.py"
        path.write_text("\n".join(["import sys", *lines]))
        return path

    return script


def test_it_has_its_words_and_what_it_prints_is_caught(script, capsys):
    before = list(sys.argv)
    path = script("print(sys.argv)", "print(__name__, file=sys.stderr)")
    done = run_here(path, "--count", 3)
    assert (done.returncode, done.stdout) == (0, f"{[str(path), '--count', '3']}\n")
    assert done.stderr == "__main__\n"
    assert capsys.readouterr() == ("", "")
    assert sys.argv == before


@pytest.mark.parametrize(
    ("ended", "code", "told"),
    [("sys.exit()", 0, ""), ("sys.exit(3)", 3, ""), ("sys.exit('error: no')", 1, "error: no\n")],
)
def test_how_it_ends(script, ended, code, told):
    done = run_here(script(ended))
    assert (done.returncode, done.stderr) == (code, told)
