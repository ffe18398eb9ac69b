import pytest

from triceras.errors import UserError
from triceras.testing.inherited.deviations import Deviations

pytestmark = pytest.mark.once


def said(kind, **tests):
    return Deviations().add(kind, tests, "conf/file.yaml")


def test_a_deviation_is_told_with_its_reason():
    found = said("model", resume=False, tolerance=1e-4, why="it draws with NumPy")
    assert found.get("tolerance") == 1e-4
    assert found.left_out("resume") == "conf/file.yaml, tests.resume=false: it draws with NumPy"
    assert found.left_out("loops") is None


def test_what_an_experiment_says_counts_more_than_what_its_model_says():
    found = said("model", tolerance=1e-4, steps=20, why="first")
    found.add("experiment", {"tolerance": 1e-3, "why": "second"}, "conf/other.yaml")
    assert (found.get("tolerance"), found.get("steps")) == (1e-3, 20)
    assert found.reasons["tolerance"] == "conf/other.yaml, tests.tolerance=0.001: second"


def test_a_description_needs_no_reason():
    assert said("layer", input_shape=[3, 4]).get("input_shape") == [3, 4]
    assert Deviations().add("model", None, "").values == {}


@pytest.mark.parametrize(
    ("kind", "tests", "message"),
    [
        ("model", {"resumes": False}, "tests.resumes is unknown: use one of build, "),
        ("layer", {"resume": False}, "tests.resume is unknown"),
        ("model", {"resume": False}, "tests.resume=false says not why: add why: <reason>"),
        ("model", {"steps": 20, "why": " "}, "tests.steps=20 says not why"),
        ("model", {"tolerance": "much", "why": "x"}, "tests.tolerance=much is not a number above"),
        ("model", {"tolerance": True, "why": "x"}, "tests.tolerance=true is not a number above"),
        ("model", {"steps": 0, "why": "x"}, "tests.steps=0 is not a number above 0"),
        ("model", {"resume": "no", "why": "x"}, "tests.resume=no is not true or false"),
        ("layer", {"input_shape": 3}, "tests.input_shape=3 is not a list"),
    ],
)
def test_what_no_test_knows_is_one_line(kind, tests, message):
    with pytest.raises(UserError) as caught:
        said(kind, **tests)
    assert str(caught.value).startswith(f"conf/file.yaml: {message}")


def test_no_dictionary():
    with pytest.raises(UserError, match=r"tests=fast is no dictionary"):
        Deviations().add("model", "fast", "conf/file.yaml")
