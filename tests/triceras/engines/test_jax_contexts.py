"""Small programs of JAX share MLIR contexts, and are the programs that they were."""

import threading

import numpy as np
import pytest

from triceras import engines


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "jax":
        pytest.skip("the engine of another backend")


@pytest.fixture
def made(monkeypatch):
    """The contexts that are made, one for each call of what is given."""
    from triceras.engines import jax_contexts

    engines.module()
    mlir = jax_contexts.mlir
    shared = mlir.make_ir_context
    assert isinstance(shared, jax_contexts.Shared)
    found = []

    def make(original=shared.make):
        found.append(original())
        return found[-1]

    monkeypatch.setattr(shared, "make", make)
    monkeypatch.setattr(shared, "programs", 0)
    return found


def lower(function, *arguments):
    import jax

    return jax.jit(function).lower(*arguments).as_text()


def long(x):
    for _ in range(300):
        x = x + x
    return x


X = np.ones((2, 3), "float32")


def test_small_programs_share_one(made):
    one, other = (lower(lambda x, n=n: n * x @ x.T, X) for n in (2, 3))
    assert len(made) == 1
    assert one != other
    assert one == lower(lambda x: 2 * x @ x.T, X)


def test_one_is_not_used_for_ever(made, monkeypatch):
    from triceras.engines import jax_contexts

    monkeypatch.setattr(jax_contexts, "MOST_PROGRAMS", 2)
    for n in range(5):
        lower(lambda x, n=n: x + n, X)
    assert len(made) == 3


@pytest.mark.parametrize("kind", ["long", "long_within", "with_an_array"])
def test_others_have_their_own(made, kind):
    import jax

    array = jax.numpy.arange(6, dtype="float32").reshape(2, 3)
    programs = {
        "long": long,
        "long_within": lambda x: jax.lax.fori_loop(0, 2, lambda _, y: long(y), x),
        "with_an_array": lambda x: x + array,
    }
    lower(lambda x: x, X)
    for _ in range(2):
        lower(lambda x: programs[kind](x), X)
    assert len(made) == 3


def test_a_thread_shares_with_no_other():
    from triceras.engines.jax_contexts import mlir

    found = []

    def look():
        found.append((lower(lambda x: x + 1, X), mlir.make_ir_context.context))

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    (program, context), (other_program, other_context) = found
    assert program == other_program
    assert context is not other_context


def test_to_share_again_changes_nothing():
    from triceras.engines.jax_contexts import mlir, share

    before = mlir.make_ir_context, mlir.lower_jaxpr_to_module
    share()
    assert before == (mlir.make_ir_context, mlir.lower_jaxpr_to_module)


def test_a_jax_of_another_make_is_left_alone(monkeypatch):
    from triceras.engines import jax_contexts

    monkeypatch.delattr(jax_contexts.mlir, "lower_jaxpr_to_module")
    jax_contexts.share()
    assert not hasattr(jax_contexts.mlir, "lower_jaxpr_to_module")
