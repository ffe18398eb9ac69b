"""In whose memory the values of a graph lie."""

import operator
from typing import Any

from torch.fx import Node

from triceras.engines.torch_recipes import dtype_of
from triceras.engines.torch_simplify import is_view


def home_of(node: Node) -> Node:
    """The node in whose memory another one is read: itself, but for a view of another."""
    while is_view(node) and node.target is not operator.getitem:
        above = node.args[0]
        assert isinstance(above, Node)
        if dtype_of(above) is None or dtype_of(above) is not dtype_of(node):
            break
        node = above
    return node


def same_form(a: Any, b: Any) -> bool:
    """Whether two tensors of a graph are laid out alike, without gaps."""
    return (
        a.dtype == b.dtype
        and a.shape == b.shape
        and a.device == b.device
        and a.is_contiguous()
        and b.is_contiguous()
    )
