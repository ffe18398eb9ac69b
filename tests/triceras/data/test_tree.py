import numpy as np
import pytest

from triceras.data.tree import leaves, map_tree, named_leaves, shapes

pytestmark = pytest.mark.once

TREE = {"a": "x", "b": ["y", {"c": "z"}]}


def test_a_tree_is_one_leaf_a_list_or_a_dictionary():
    assert map_tree(str.upper, "x") == "X"
    assert map_tree(str.upper, TREE) == {"a": "X", "b": ["Y", {"c": "Z"}]}
    assert list(leaves(TREE)) == ["x", "y", "z"]
    assert list(named_leaves("all", TREE)) == [("all.a", "x"), ("all.b.0", "y"), ("all.b.1.c", "z")]
    assert list(named_leaves("", "x")) == [("", "x")]


def test_shapes_are_told_by_name():
    assert shapes(np.ones((2, 3))) == "(2, 3)"
    assert shapes({"a": np.ones(1), "b": [np.ones((1, 2))]}) == "a (1,), b.0 (1, 2)"
