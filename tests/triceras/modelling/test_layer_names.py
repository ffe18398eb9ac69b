import keras
import pytest

from triceras.errors import UserError
from triceras.modelling.layer_names import chosen, named_layers, patterns_of
from triceras.testing.backbone import build_classifier

pytestmark = pytest.mark.once

PATHS = ["backbone", "backbone/first", "backbone/norm", "backbone/second", "head"]


class Shared(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = keras.layers.Dense(2, name="inner")
        self.list = [self.inner, keras.layers.Dense(2, name="other")]

    def call(self, inputs):
        return self.list[1](self.inner(inputs))


def test_layers_have_the_names_of_those_that_hold_them():
    assert [path for path, _ in named_layers(build_classifier())] == PATHS


def test_each_layer_is_there_once():
    assert [path for path, _ in named_layers(Shared())] == ["inner", "other"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("head", ["head"]),
        ("first", ["backbone/first"]),
        ("backbone", ["backbone"]),
        ("backbone/*", PATHS[1:4]),
        ("*d", ["backbone/second", "head"]),
        ("*", PATHS),
    ],
)
def test_patterns_mean_paths_and_names(pattern, expected):
    assert [path for path, _ in chosen(build_classifier(), [pattern], "key")] == expected


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [("bakbone", "did you mean backbone?"), ("zzz", "there are backbone, backbone/first, ")],
)
def test_a_pattern_that_fits_nothing_says_what_there_is(pattern, hint):
    with pytest.raises(UserError, match=rf"^key: no layer is called {pattern}: ") as caught:
        chosen(build_classifier(), ["head", pattern], "key")
    assert hint in str(caught.value)


def test_patterns_are_one_or_a_list():
    assert patterns_of("head", "key") == ["head"]
    assert patterns_of(None, "key") == patterns_of([], "key") == []
    for wrong in (3, [3], {"head": 1}):
        with pytest.raises(UserError, match=r"key=.* names no layers"):
            patterns_of(wrong, "key")
