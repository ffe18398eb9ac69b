"""A case is an expression, as in `sum(cube, axis=1)`: of arrays that it names, by what Keras has.

`{a|b}` in a template stands for either, so that one line is as many cases as there are choices.
"""

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import keras

from triceras.keras_table.operations.arrays import ARRAYS

CONTINUED = re.compile(r"(.)\n +")
CHOICE = re.compile(r"{([^{}]*)}")


def expanded(templates: str) -> Iterator[str]:
    """All cases of templates, one a line, and what is indented belongs to the line before."""
    for line in CONTINUED.sub(joint, templates).split("\n"):
        parts = CHOICE.split(line)
        options = [p.split("|") if place % 2 else [p] for place, p in enumerate(parts)]
        yield from filter(None, map("".join, itertools.product(*options)))


def joint(end: re.Match[str]) -> str:
    """The end of a line that goes on: after a comma there is a space."""
    return f"{end[1]} " if end[1] == "," else end[1]


def names(expression: str) -> set[str]:
    """All that an expression names."""
    found = set()
    for node in ast.walk(ast.parse(expression, mode="eval")):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found


def inputs_of(expression: str) -> list[str]:
    """The arrays that an expression names, in the order of these names."""
    nodes = ast.walk(ast.parse(expression, mode="eval"))
    return sorted({n.id for n in nodes if isinstance(n, ast.Name)} & ARRAYS.keys())


def evaluated(expression: str, module: ModuleType, values: Mapping[str, Any]) -> Any:
    """The value of an expression.

    Args:
        expression: of Python.
        module: of Keras, whose functions and classes are named as they are.
        values: of other names.
    """
    return eval(expression, {"ops": keras.ops, "keras": keras, **vars(module), **values})


def split(expression: str) -> tuple[str, str] | None:
    """What is called in `layer(options)(arguments)`, and its arguments, or nothing."""
    tree = ast.parse(expression, mode="eval").body
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Call):
        return None
    made = ast.unparse(tree.func)
    tree.func = ast.Name("arguments", ast.Load())
    return made, ast.unparse(tree)
