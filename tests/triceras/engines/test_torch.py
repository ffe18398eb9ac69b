import importlib

import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize(("planned", "expected"), [(0, False), (10**6, True)])
def test_inductor_is_for_long_runs(start, monkeypatch, planned, expected):
    asked = []
    module = importlib.import_module("triceras.engines.torch_programs")
    monkeypatch.setattr(module, "compiled", lambda graph, *_: asked.append(graph))
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    start(planned_steps=planned).train(0, 2)
    assert bool(asked) == expected


def test_a_step_leaves_the_state_that_it_is_given_alone(start, build):
    run = start(build, compile=False)
    run.train(0, 1)
    state = run.engine.state
    before = [a.clone() for a in keras.tree.flatten(state)]
    run.train(1, 2)
    assert run.engine.state is not state
    after = keras.tree.flatten(state)
    assert all(bool((a == b).all()) for a, b in zip(before, after, strict=True))


@pytest.mark.slow_on("torch")
def test_numbers_too_small_to_be_exact_are_0_in_all_threads():
    import subprocess
    import sys

    code = (
        "from triceras import engines; engines.module(); import torch\n"
        "torch.set_num_threads(2); x = torch.full((10**6,), 1e-30)\n"
        "assert not (x * 1e-10).any(), 'not in all threads'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def plain():
    return np.arange(24, dtype="float32").reshape(6, 4)


def read_only():
    array = plain()
    array.flags.writeable = False
    return array


ARRAYS = {
    "plain": plain,
    "read-only": read_only,
    "every other row": lambda: plain()[::2],
    "backwards": lambda: plain()[::-1],
    "by columns": lambda: np.asfortranarray(plain()),
    "big-endian": lambda: plain().astype(">f4"),
    **{
        name: lambda name=name: plain().astype(name)
        for name in ("float64", "float16", "uint8", "uint16", "uint32", "int64", "bool")
    },
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("lasting", [True, False])
def test_data_are_what_keras_makes_of_them(start, name, lasting):
    array = ARRAYS[name]()
    try:
        expected = keras.ops.convert_to_tensor(array)
    except (TypeError, ValueError):
        pytest.skip("Keras has no such tensors")
    found = start().engine.put({"x": array}, lasting=lasting)["x"]
    assert found.dtype == expected.dtype
    assert bool((found == expected).all())
    found.zero_()
    shared = lasting and name in ("plain", "float64", "float16", "uint8", "int64", "bool")
    assert np.array_equal(array, ARRAYS[name]()) != shared


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize(
    ("planned", "batch_size", "traced"), [(0, 16, True), (100, 16, False), (10_000, 16, True)]
)
def test_few_batches_of_a_short_run_are_evaluated_without_tracing(
    start, data, planned, batch_size, traced
):
    run = start(planned_steps=planned)
    test = run.engine.put(data.test.take(slice(40)))
    found = run.engine.evaluate(test, batch_size)
    names = {name for name, *_ in run.engine.programs}
    assert ("test_step" in names) == traced
    expected = start(compile=False).engine.evaluate(test, batch_size)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize(("evaluations", "traced"), [(1, False), (100, True)])
def test_what_is_evaluated_once_is_not_traced_in_a_long_run_either(
    start, data, evaluations, traced
):
    engine = start(planned_steps=10_000).engine
    engine.planned_evaluations = evaluations
    engine.evaluate(engine.put(data.test.take(slice(40))), 16)
    assert ("test_step" in {name for name, *_ in engine.programs}) == traced


def test_many_batches_of_a_short_run_are_traced(start, data):
    run = start(planned_steps=100)
    run.engine.evaluate(run.engine.put(data.test.take(slice(17))), 1)
    assert "test_step" in {name for name, *_ in run.engine.programs}


def pointwise():
    """A model whose first operations are fused, on data of eight columns."""
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Activation("softsign"), keras.layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss)
    return model, BatchPreparation("image", "label")


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize("change", ["type", "layout"])
def test_data_that_lie_otherwise_in_memory_are_evaluated_by_another_program(start, change):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 8)).astype("float32"), rng.integers(0, 10, 16).astype("int32")
    engine = start(pointwise).engine
    expected = engine.evaluate(engine.put({"image": x, "label": y}), 16)
    data = engine.put({"image": x, "label": y.astype("uint8") if change == "type" else y})
    if change == "layout":
        data["image"] = data["image"].t().contiguous().t()
    assert engine.evaluate(data, 16) == pytest.approx(expected, rel=1e-6)
