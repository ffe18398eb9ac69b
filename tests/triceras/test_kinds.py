from collections.abc import Sequence

import pytest

from triceras.kinds import misfit

pytestmark = pytest.mark.once


class Layer:
    __module__ = "keras.layers"

    def __init__(self, units, rate=0.5, bias=True, axis=-1, name=None, mode="min", clipnorm=None):
        pass


def annotated(size: int = 3, kind: int | str = 3, fast: bool = False):
    pass


def listed(
    units: Sequence[int] = (3,),
    sizes: list[int] | None = None,
    place: tuple[int, ...] = (),
    either: int | Sequence[int] = 3,
    each: "list[int]" = (),
):
    pass


def own(size=3):
    pass


@pytest.mark.parametrize(
    ("target", "arguments", "said"),
    [
        (Layer, {"rate": "abc"}, "rate=abc is no number (usual is 0.5)"),
        (Layer, {"bias": "flase"}, "bias=flase is neither true nor false (usual is true)"),
        (annotated, {"size": "big"}, "size=big is no number (usual is 3)"),
        (annotated, {"fast": ""}, "fast= is neither true nor false (usual is false)"),
        (Layer, {"clipnorm": "abc"}, "clipnorm=abc is no number (usual is null)"),
        (Layer, {"rate": {"a": 1}}, "rate={'a': 1} is no number (usual is 0.5)"),
        (Layer, {"units": "x", "name": "x", "mode": "x", "axis": [1], "rate": None}, None),
        (annotated, {"kind": "auto", "unknown": "x"}, None),
        (own, {"size": "auto"}, None),
        (listed, {"units": 3}, "units=3 is no list: write units=[3]"),
        (listed, {"sizes": "a"}, "sizes=a is no list: write sizes=[a]"),
        (listed, {"place": 1.5}, "place=1.5 is no list: write place=[1.5]"),
        (listed, {"units": [3], "sizes": None, "either": 3, "each": 3}, None),
    ],
)
def test_a_text_where_a_number_or_a_switch_should_be(target, arguments, said):
    assert misfit(target, arguments) == said
