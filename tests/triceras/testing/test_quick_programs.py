import sys
import types

import keras
import numpy as np
import pytest

from triceras.testing import quick_programs
from triceras.testing.quick_programs import MOST, NAME, QUICK, Choice, convolves, install, is_small


def operation(*inner, name="stablehlo.add"):
    """One as MLIR has it, with others in it."""
    block = types.SimpleNamespace(operations=[types.SimpleNamespace(operation=i) for i in inner])
    return types.SimpleNamespace(regions=[[block]], name=name)


@pytest.mark.once
def test_operations_of_functions_count_too():
    few = [operation() for _ in range(MOST - 2)]
    module = operation(operation(*few), operation())
    assert is_small(types.SimpleNamespace(operation=module))
    module = operation(operation(*few), operation(), operation())
    assert not is_small(types.SimpleNamespace(operation=module))


@pytest.mark.once
def test_a_convolution_is_found_in_a_function():
    inner = operation(operation(), operation(name="stablehlo.convolution"))
    assert convolves(types.SimpleNamespace(operation=operation(operation(), inner)))
    assert not convolves(types.SimpleNamespace(operation=operation(operation())))


@pytest.mark.in_turn("jax")
@pytest.mark.parametrize(("most", "all_of_them"), [(MOST, False), (0, False), (0, True)])
def test_small_programs_are_compiled_quickly_or_all(most, all_of_them, backend, monkeypatch):
    if backend != "jax":
        install()
        return
    compiler = sys.modules["jax._src.compiler"]
    options, as_ever = [], getattr(getattr(compiler, NAME), "as_ever", getattr(compiler, NAME))

    def noted(backend, computation, devices, compile_options, *args, **more):
        options.append(compile_options.env_option_overrides)
        return as_ever(backend, computation, devices, compile_options, *args, **more)

    monkeypatch.setattr(compiler, NAME, noted)
    monkeypatch.setattr(quick_programs, "MOST", most)
    monkeypatch.setattr(Choice, "all", all_of_them)
    install()
    install()
    # A shape that nothing else has.
    keras.ops.sin(np.zeros((3, 1, 4, 1, 5, most + all_of_them + 9), "float32"))
    assert options
    assert all(set(QUICK) <= set(given) for given in options) == (most > 0 or all_of_them)
    assert all(len(given) == len(set(given)) for given in options)
