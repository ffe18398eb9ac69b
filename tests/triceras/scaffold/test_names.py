import importlib.metadata
import sys

import pytest

from triceras.config import ROOT
from triceras.errors import UserError
from triceras.scaffold.names import (
    camel,
    check_name,
    check_piece_name,
    check_project_name,
    installed_modules,
    pinned,
    title,
)

pytestmark = pytest.mark.once


def test_a_name_as_a_class_and_as_a_title():
    assert camel("spiral_arms_2") == "SpiralArms2"
    assert title("spiral_arms") == "Spiral arms"


@pytest.mark.parametrize("name", ["a", "spiral_arms", "spectra_of_2"])
def test_good_names(name, tmp_path):
    (tmp_path / "requirements.lock").write_text("keras==3.15.1\n")
    check_project_name(name, tmp_path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Neuro", "use lower-case letters"),
        ("2nets", "begin with a letter"),
        ("spiral-arms", "single underscores"),
        ("spiral__arms", "single underscores"),
        ("_spiral", "begin with a letter"),
        ("spiral_", "single underscores"),
        ("ünit", "lower-case letters"),
        ("", "for example spiral_arms"),
        ("../x", "lower-case letters"),
        ("x" * 31, "31 characters long: use at most 30"),
        ("class", "a word of Python"),
    ],
)
def test_what_is_no_name(name, reason):
    with pytest.raises(UserError, match=reason):
        check_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("json", "a module of Python"),
        ("keras", "a package that is used here"),
        ("scikit_learn", "a package that is used here"),
        ("triceras", "src/triceras and tests/triceras must not be there"),
        ("guides", "something in this folder"),
        ("True", "lower-case"),
    ],
)
def test_what_no_project_may_be_called(name, reason, template):
    with pytest.raises(UserError, match=reason):
        check_project_name(name, template)


def is_linked(distribution):
    """Whether it is a project's folder, whose packages it may call otherwise than it does now."""
    origin = importlib.metadata.distribution(distribution).read_text("direct_url.json")
    return "editable" in (origin or "")


def test_what_is_pinned_is_found_by_its_module_s_spelling():
    assert {"keras", "scikit_learn", "hydra_core"} <= pinned(ROOT)


@pytest.mark.slow
def test_what_is_installed_is_what_distributions_say(monkeypatch):
    # Where setuptools was imported, what it brings inside itself is on the path.
    monkeypatch.setattr(sys, "path", [place for place in sys.path if "_vendor" not in place])
    # A file of C code, a package, one without `__init__.py`, and a module of one file.
    distributed = importlib.metadata.packages_distributions()
    copied = {name for name, whose in distributed.items() if not all(map(is_linked, whose))}
    compiled = {name for name in copied if name.startswith("_")}
    assert copied - compiled <= installed_modules()
    assert {"yaml", "numpy", "typing_extensions"} <= installed_modules()


@pytest.mark.parametrize(
    "name", ["numpy", "yaml", "typing_extensions", "scikit_learn", "triceras", "own"]
)
def test_what_no_piece_may_be_called(name, tmp_path):
    (tmp_path / "requirements.lock").write_text("scikit-learn==1.0\n")
    (tmp_path / "src" / "own").mkdir(parents=True)
    with pytest.raises(UserError, match="a package that is used here"):
        check_piece_name(name, tmp_path)
    check_piece_name("spiral_arms", tmp_path)
