import sys

import pytest
from hydra.utils import get_object

from triceras.broken_imports import broken_import
from triceras.config import build
from triceras.data.user_function import found
from triceras.errors import UserError

pytestmark = pytest.mark.once

NAME = "module_that_cannot_be_imported"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a person's own module."""
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda *lines: (tmp_path / f"{NAME}.py").write_text("\n".join(lines))
    sys.modules.pop(NAME, None)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ("import os", "import kerass"),
            f"cannot be imported: ModuleNotFoundError: No module named 'kerass' "
            f"(at {NAME}.py:2: import kerass); mend that import, or install the package",
        ),
        (
            ("", "", "x = nothing.like.it"),
            f"cannot be imported: NameError: name 'nothing' is not defined "
            f"(at {NAME}.py:3: x = nothing.like.it); mend that line",
        ),
        (
            ("def build(:",),
            f"cannot be imported: SyntaxError: invalid syntax ({NAME}.py, line 1); mend that line",
        ),
    ],
)
def test_the_line_at_which_an_import_fails_is_named(module, lines, said):
    module(*lines)
    with pytest.raises(UserError) as caught:
        build("model.network", {"_target_": f"{NAME}.build"})
    assert str(caught.value) == f"model.network cannot be built: {NAME}.build {said}"
    with pytest.raises(UserError) as caught:
        found(f"{NAME}.load")
    assert str(caught.value).endswith(f"cannot be read: {NAME}.load {said}")


@pytest.mark.parametrize("name", ["nowhere.build", "keras.nothing.build", "triceras.nothing"])
def test_what_is_not_there_has_no_line(name):
    with pytest.raises(ImportError) as caught:
        get_object(name)
    assert broken_import(caught.value) is None
