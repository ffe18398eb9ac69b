import dataclasses
import itertools
import logging

import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk, batches
from triceras.engines.engine import stack
from triceras.engines.errors import untouched_errors
from triceras.engines.host_data import HostData
from triceras.engines.state import keep, other_variables, restore, state_variables


def same(first, second):
    return len(first) == len(second) and all(map(np.array_equal, first, second))


def ours(caplog):
    return [r.getMessage() for r in caplog.records if r.name.startswith("triceras")]


def close(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_allclose(first[name], second[name], rtol=1e-5, atol=1e-6, err_msg=name)


@dataclasses.dataclass
class Whole:
    """Five steps in one call."""

    before: list
    losses: dict
    metrics: dict
    after: list
    engine: object


@pytest.fixture(scope="module")
def whole(start, build):
    run = start(build)
    before = run.values()
    losses, metrics = run.train(0, 5)
    return Whole(before, losses, metrics, run.values(), run.engine)


def test_losses_and_metrics_come_for_each_step(whole, kind):
    names = ["discriminator", "generator"] if kind == "adversaries" else ["loss"]
    assert list(whole.losses) == names
    assert all(a.shape == (5,) for a in [*whole.losses.values(), *whole.metrics.values()])
    if kind != "adversaries":
        means = np.cumsum(whole.losses["loss"]) / np.arange(1, 6)
        np.testing.assert_allclose(whole.metrics["loss"], means, rtol=1e-5)


def test_all_state_moves_on(whole):
    variables = state_variables(whole.engine.model, whole.engine.objectives)
    still = [
        v.path
        for v, old, new in zip(variables, whole.before, whole.after, strict=False)
        if np.array_equal(old, new) and "accuracy/total" not in v.path
    ]
    assert still == []


def test_variables_are_found_once_each(whole):
    model, objectives = whole.engine.model, whole.engine.objectives
    found, others = state_variables(model, objectives), other_variables(model, objectives)
    trained = [v for objective in objectives for v in objective.variables]
    assert len({id(v) for v in found}) == len(found) == len(trained) + len(others)


def test_eager_steps_give_the_same_numbers(start, build, whole):
    run = start(build, compile=False)
    for first, second in zip(run.train(0, 2), (whole.losses, whole.metrics), strict=True):
        close(first, {name: a[:2] for name, a in second.items()})
    assert whole.engine.compile


def test_cutting_looking_and_saving_change_no_bit(start, build, whole):
    run = start(build)
    pieces = [run.train(0, 2)]
    before = run.values()
    results = run.engine.evaluate(run.data, 500)
    assert all(np.isfinite(value) for value in results.values())
    assert same(before, run.values())
    run.engine.load_state()
    assert same(before, run.values())
    pieces.append(run.train(2, 5))
    for i, logs in enumerate((whole.losses, whole.metrics)):
        for name, value in logs.items():
            assert np.array_equal(value, np.concatenate([piece[i][name] for piece in pieces]))
    assert same(run.values(), whole.after)


def test_saved_values_are_in_the_keras_variables(start_linear):
    run = start_linear(lambda: keras.optimizers.SGD(0.1))
    kernel = run.engine.model.trainable_variables[0]
    before = ops.convert_to_numpy(kernel.value).copy()
    run.train(0, 1)
    run.engine.save_state()
    assert not np.array_equal(before, ops.convert_to_numpy(kernel.value))


def test_loaded_values_are_those_of_the_keras_variables(start):
    run = start()
    run.train(0, 1)
    run.engine.save_state()
    run.engine.model.optimizer.learning_rate = 0.0
    run.engine.model.trainable_variables[0].assign(np.ones((64, 10)))
    run.engine.load_state()
    run.train(1, 3)
    run.engine.save_state()
    assert np.all(ops.convert_to_numpy(run.engine.model.trainable_variables[0].value) == 1)


def test_evaluation_counts_a_smaller_last_batch_as_it_should(start, data):
    run = start()
    test = run.engine.put(data.test.x, data.test.y)
    close(run.engine.evaluate(test, 128), run.engine.evaluate(test, 300))


def test_evaluation_gives_what_keras_gives(start, data):
    run = start()
    run.train(0, 2)
    test = run.engine.put(data.test.x, data.test.y)
    results = run.engine.evaluate(test, 128)
    run.engine.save_state()
    model = run.engine.model
    expected = model.evaluate(data.test.x, data.test.y, 128, verbose=0, return_dict=True)
    close(results, expected)


def test_a_learning_rate_schedule_is_followed(start_linear):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0, 1], [0.5, 0.1, 0.0])
    run = start_linear(lambda: keras.optimizers.SGD(schedule))
    values = []
    for k in range(4):
        values.append(run.values()[0])
        run.train(k, k + 1)
    moved = [np.abs(b - a).max() for a, b in itertools.pairwise(values)]
    assert moved[0] > moved[1] > 0
    assert moved[2] == 0


def test_gradients_are_clipped(start_linear):
    def moved(**options):
        run = start_linear(lambda: keras.optimizers.SGD(1.0, **options))
        before = run.values()[0]
        run.train(0, 1)
        return np.linalg.norm(run.values()[0] - before)

    assert moved() > 0.1
    assert moved(clipnorm=1e-2) == pytest.approx(1e-2, rel=1e-4)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=1e-2),
        lambda: keras.optimizers.Adadelta(1.0),
        lambda: keras.optimizers.AdamW(1e-2, use_ema=True),
    ],
    ids=["sgd", "adadelta", "adamw"],
)
def test_other_optimizers_are_compiled_too(start_linear, optimizer):
    compiled, eager = start_linear(optimizer), start_linear(optimizer, compile=False)
    for first, second in zip(compiled.train(0, 3), eager.train(0, 3), strict=True):
        close(first, second)
    assert compiled.engine.compile


@pytest.mark.parametrize("compile", [True, False])
def test_accumulated_gradients_are_those_of_a_larger_batch(start_linear, compile):
    def adam(**options):
        return lambda: keras.optimizers.Adam(1e-2, global_clipnorm=0.1, **options)

    indices = np.random.default_rng(7).integers(0, 1000, (6, 8)).astype("int32")
    whole = start_linear(adam(), compile=compile)
    parts = start_linear(adam(gradient_accumulation_steps=2), compile=compile)
    keys = np.zeros((6, 2), "int32")
    losses, _ = whole.engine.train_steps(whole.data, Chunk(indices.reshape(3, 16), keys[:3]))
    parts_losses = [
        parts.engine.train_steps(parts.data, Chunk(indices[k : k + 3], keys[k : k + 3]))[0]["loss"]
        for k in (0, 3)
    ]
    means = np.concatenate(parts_losses).reshape(3, 2).mean(axis=1)
    np.testing.assert_allclose(means, losses["loss"], rtol=1e-5)
    np.testing.assert_allclose(parts.values()[0], whole.values()[0], rtol=1e-4, atol=1e-6)
    assert parts.engine.compile == compile


def test_mixed_precision_keeps_weights_and_losses_in_float32(start, kind, build):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        run = start(build)
        losses, _ = run.train(0, 2)
    finally:
        keras.config.set_dtype_policy(before)
    assert run.engine.compile
    assert {v.dtype for v in run.engine.model.trainable_variables} == {"float32"}
    full, _ = start(build).train(0, 2)
    for name, value in full.items():
        assert losses[name].dtype == np.float32
        np.testing.assert_allclose(losses[name], value, rtol=0.05)
        assert not np.array_equal(losses[name], value)


def test_a_loss_scale_that_grows_changes_no_number(start, start_linear):
    def scaled():
        return keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(0.1), initial_scale=2.0**10, dynamic_growth_steps=2
        )

    close(start_linear(scaled).train(0, 5)[0], start().train(0, 5)[0])


class Branching(keras.layers.Layer):
    """Its Python code depends on the value of a tensor."""

    def call(self, inputs):
        return inputs if ops.max(inputs) < 1e6 else inputs * 2

    def compute_output_shape(self, input_shape):
        return input_shape


def branching():
    layers = [keras.Input((64,)), keras.layers.Dense(10)]
    model = keras.Sequential(layers)
    branch = Branching()

    class Model(keras.Model):
        def call(self, inputs):
            return branch(model(inputs))

    outer = Model()
    outer.inner = model
    outer.built = True
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    outer.compile(keras.optimizers.SGD(0.1), loss)
    return outer, BatchPreparation("labels")


@pytest.mark.parametrize("first", ["train", "evaluate"])
def test_a_model_that_cannot_be_traced_runs_eagerly_and_says_so_once(start, caplog, first):
    run, eager = start(branching), start(branching, compile=False)
    with caplog.at_level(logging.WARNING, "triceras"):
        if first == "evaluate":
            run.engine.evaluate(run.data, 1000)
        losses = [run.train(0, 2)[0], run.train(2, 3)[0]]
        results = run.engine.evaluate(run.data, 1000)
    (message,) = ours(caplog)
    assert message.startswith("the step runs eagerly")
    assert "\n" not in message
    assert not run.engine.compile
    assert np.array_equal(losses[0]["loss"], eager.train(0, 2)[0]["loss"])
    assert np.array_equal(losses[1]["loss"], eager.train(2, 3)[0]["loss"])
    close(results, eager.engine.evaluate(eager.data, 1000))


READS = {
    "bool": lambda x: bool(ops.max(x) > 0),
    "float": lambda x: float(ops.max(x)) + 1,
    "range": lambda x: list(range(ops.cast(ops.max(x), "int32"))),
    "numpy": ops.convert_to_numpy,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_whatever_reads_a_value_is_found_out(start, caplog, read):
    class Reading(engine_class()):
        def train_step(self, *arguments):
            read(arguments[-3])
            return super().train_step(*arguments)

    run = start(engine=Reading)
    with caplog.at_level(logging.WARNING, "triceras"):
        losses, _ = run.train(0, 1)
    assert len(ours(caplog)) == 1
    assert np.isfinite(losses["loss"]).all()


def test_falling_back_in_the_middle_keeps_what_was_trained(start):
    class Moody(engine_class()):
        def train_step(self, *arguments):
            step = super().train_step(*arguments)
            if len(ops.shape(arguments[-2])) and arguments[-2].shape[0] == 8:
                bool(ops.max(arguments[-3]) > 0)
            return step

    run, eager = start(engine=Moody), start(compile=False)
    run.train(0, 2)
    assert run.engine.compile
    losses, _ = run.train(2, 4, batch_size=8)
    assert not run.engine.compile
    eager.train(0, 2)
    close(losses, eager.train(2, 4, batch_size=8)[0])


@pytest.mark.parametrize("compile", [True, False])
def test_an_impossible_shape_is_an_error(start, caplog, compile):
    class Wrong(engine_class()):
        def train_step(self, *arguments):
            ops.matmul(ops.zeros((2, 3)), ops.zeros((2, 3)))
            return super().train_step(*arguments)

    run = start(engine=Wrong, compile=compile)
    with pytest.raises(Exception, match=r"(?i)dim|shape|incompatible"):
        run.train(0, 2)
    assert run.engine.compile == compile
    assert ours(caplog) == []


def test_a_wrong_model_fails_with_the_words_of_keras(start):
    def wrong():
        model, batch = branching()
        model.call = lambda inputs: ops.matmul(inputs, ops.zeros((3, 3)))
        return model, batch

    with pytest.raises(Exception, match="Exception encountered when calling"):
        start(wrong).train(0, 1)


def test_programs_are_compiled_once_a_shape(start):
    class Counting(engine_class()):
        traces = 0

        def train_step(self, *arguments):
            Counting.traces += 1
            return super().train_step(*arguments)

    run = start(engine=Counting)
    run.train(0, 5)
    run.train(0, 5, batch_size=8)
    once = Counting.traces
    assert once > 0
    run.train(5, 8)
    run.train(5, 9, batch_size=8)
    run.engine.evaluate(run.data, 500)
    run.train(9, 10)
    assert Counting.traces == once


def test_streamed_data_changes_no_bit(start, build, whole, data):
    run = start(build, device_data_mb=0.1)
    rng = np.random.default_rng(7)
    indices = rng.integers(0, len(data.train), (20, 16)).astype("int32")
    keys = rng.integers(-(2**31), 2**31, (20, 2)).astype("int32")
    host = run.engine.place(data.train.x, data.train.y)
    assert isinstance(host, HostData)
    chunks = [Chunk(indices[a:b], keys[a:b]) for a, b in ((0, 2), (2, 4), (4, 5))]
    logs = [run.engine.train_steps(*fed) for fed in run.engine.feed(host, iter(chunks))]
    for name, value in whole.losses.items():
        assert np.array_equal(value, np.concatenate([losses[name] for losses, _ in logs]))
    assert same(run.values(), whole.after)


def test_streamed_data_is_evaluated_in_parts(start, data):
    whole, streamed = start(), start(device_data_mb=0, steps_per_call=2)
    for batch_size in (64, 150):
        close(
            whole.engine.evaluate(whole.engine.place(data.test.x, data.test.y), batch_size),
            streamed.engine.evaluate(streamed.engine.place(data.test.x, data.test.y), batch_size),
        )


def test_data_stays_on_the_device_where_it_fits(start, data):
    engine = start(device_data_mb=1).engine
    host = HostData(data.train.x, data.train.y)
    assert host.nbytes == data.train.x.nbytes + data.train.y.nbytes < 2**20
    assert not isinstance(engine.place(data.train.x, data.train.y), HostData)


def test_what_fails_while_data_is_read_is_told(start, data):
    class Broken:
        shape, dtype = data.train.x.shape, data.train.x.dtype

        def __getitem__(self, rows):
            raise OSError("unreadable")

    engine = start(device_data_mb=0).engine
    host = engine.place(Broken(), data.train.y)
    chunk = Chunk(np.zeros((2, 4), "int32"), np.zeros((2, 2), "int32"))
    with pytest.raises(OSError, match="unreadable"):
        list(engine.feed(host, [chunk]))


def test_trying_the_first_batch_leaves_the_model_as_it_was(start, build, data):
    run = start(build)
    before = [np.array(ops.convert_to_numpy(v.value)) for v in run.engine.model.variables]
    run.engine.try_first_batch(data.train.x[:16], data.train.y[:16])
    after = [ops.convert_to_numpy(v.value) for v in run.engine.model.variables]
    assert same(before, after)
    assert all(
        not np.any(ops.convert_to_numpy(v.value)) for v in run.engine.model.metrics_variables
    )


def test_a_padded_chunk_has_a_fixed_length():
    chunk = Chunk(np.ones((2, 3), "int32"), np.ones((2, 2), "int32"))
    padded = chunk.padded(5)
    assert (padded.indices.shape, padded.keys.shape) == ((5, 3), (5, 2))
    assert np.array_equal(padded.indices[:2], chunk.indices)
    assert len(chunk) == 2


@pytest.mark.parametrize(
    ("size", "batch_size", "expected"),
    [
        (10, 4, [([0, 4], 4), ([8], 2)]),
        (8, 4, [([0, 4], 4)]),
        (3, 4, [([0], 3)]),
        (0, 4, []),
    ],
)
def test_batches_cover_the_data(size, batch_size, expected):
    found = [(starts.tolist(), size) for starts, size in batches(size, batch_size)]
    assert found == expected


def test_kept_values_come_back():
    variable = keras.Variable([1.0, 2.0])
    kept = keep([variable])
    variable.assign([3.0, 4.0])
    restore(kept)
    assert ops.convert_to_numpy(variable.value).tolist() == [1.0, 2.0]


def test_stack_makes_arrays():
    stacked = stack([{"a": ops.ones(())}, {"a": ops.zeros(())}])
    assert stacked["a"].tolist() == [1.0, 0.0]


def test_untouched_errors_are_put_back():
    enabled = keras.config.is_traceback_filtering_enabled
    assert enabled()
    with untouched_errors():
        assert not enabled()
    assert enabled()


def test_untouched_errors_are_put_back_after_an_error():
    with pytest.raises(KeyError), untouched_errors():
        raise KeyError
    assert keras.config.is_traceback_filtering_enabled()
