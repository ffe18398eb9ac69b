"""The three engines are to be compared by eye: the same names, in the same order."""

import ast
import itertools
from pathlib import Path

import pytest

from triceras.engines.contract import Contract

pytestmark = pytest.mark.once

FOLDER = Path(__file__).parents[3] / "src/triceras/engines"
BACKENDS = ("jax", "tensorflow", "torch")


def functions(body):
    return [node.name for node in body if isinstance(node, ast.FunctionDef)]


def names(backend):
    """Methods of an engine, then functions of its file, in their order."""
    body = ast.parse((FOLDER / f"{backend}.py").read_text()).body
    (engine,) = (node for node in body if isinstance(node, ast.ClassDef))
    return [*functions(engine.body), *functions(body)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_engine_has_the_step_and_the_contract_in_order(backend):
    contract = [name for name in vars(Contract) if name in Contract.__abstractmethods__]
    wanted = ["__init__", "train_step", "test_step", *contract, "device"]
    assert [name for name in names(backend) if name in wanted] == wanted


@pytest.mark.parametrize(("first", "second"), itertools.combinations(BACKENDS, 2))
def test_two_engines_have_what_they_share_in_one_order(first, second):
    one, other = names(first), names(second)
    assert [name for name in one if name in other] == [name for name in other if name in one]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_for_fit_is_all_that_its_file_has(backend):
    body = ast.parse((FOLDER / f"{backend}_fit.py").read_text()).body
    assert functions(body) == ["train_step"]
