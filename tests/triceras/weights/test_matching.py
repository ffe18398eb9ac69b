import keras
import numpy as np
import pytest

from triceras.weights.found import Found
from triceras.weights.matching import ends, pair
from triceras.weights.named import Named

pytestmark = pytest.mark.once


def weights(*names):
    """Weights of two numbers each."""
    return [
        Named(keras.Variable(np.zeros(2)), name.rpartition("/")[0], (name, f"m/{name}", f"{i}"))
        for i, name in enumerate(names)
    ]


def found(*names, ordered=False, shape=(2,)):
    return Found(names, [np.zeros(shape)] * len(names), ordered)


def test_the_same_names_decide_whatever_the_order():
    assert pair(found("b/k", "a/k", ordered=True), weights("a/k", "b/k")) == {0: 1, 1: 0}


def test_paths_of_keras_do_as_well():
    assert pair(found("m/b/k", "m/a/k"), weights("a/k", "b/k")) == {0: 1, 1: 0}


def test_the_same_shapes_in_the_same_order_decide_where_names_were_numbered():
    names = ("dense_3/k", "dense_4/k")
    now = weights("dense_4/k", "dense_5/k")
    assert pair(found(*names, ordered=True), now) == {0: 0, 1: 1}
    assert pair(found(*names), now) == {0: 1}
    assert pair(found(*names, ordered=True, shape=(3,)), now) == {0: 1}


def test_layers_that_have_changed_places_are_known_by_their_names():
    now = weights("audio/k", "text/k", "classifier/k")
    assert pair(found("text/k", "audio/k", "head/k", ordered=True), now) == {0: 1, 1: 0}
    # Of other names, none is another one's.
    assert pair(found("sound/k", "words/k", "head/k", ordered=True), now) == {0: 0, 1: 1, 2: 2}


def test_a_name_that_ends_alike_is_taken_if_it_is_the_only_one():
    assert pair(found("a/k"), weights("body/a/k", "head/k")) == {0: 0}
    assert pair(found("body/a/k"), weights("a/k", "head/k")) == {0: 0}
    assert pair(found("a/k"), weights("left/a/k", "right/a/k")) == {}
    assert pair(found("left/a/k", "right/a/k"), weights("a/k", "b/k")) == {}
    # The whole name comes before an end.
    assert pair(found("a/k", "body/a/k"), weights("body/a/k", "c/k")) == {0: 1}


def test_the_same_name_twice_is_none():
    assert pair(found("a/k", "a/k"), weights("a/k", "b/k", "c/k")) == {}


def test_an_end_is_made_of_whole_parts():
    assert ends("body/a/k", "a/k")
    assert not ends("body/aa/k", "a/k")
    assert not ends("body/a/k", "k")
