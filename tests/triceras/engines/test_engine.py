import numpy as np
import pytest
from keras import ops

from triceras.engines import engine_class
from triceras.engines.arrays import stack


def same(first, second):
    return len(first) == len(second) and all(map(np.array_equal, first, second))


@pytest.mark.in_turn
@pytest.mark.slow
def test_cutting_looking_and_saving_change_no_bit(start_again, build, whole):
    run = start_again(build)
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


@pytest.mark.slow_on("tensorflow", "torch")
def test_evaluation_counts_a_smaller_last_batch_as_it_should(start_again, data, close):
    run = start_again()
    test = run.engine.put(data.test.parts)
    close(run.engine.evaluate(test, 128), run.engine.evaluate(test, 300))


@pytest.mark.slow_on("tensorflow", "torch")
def test_evaluation_gives_what_keras_gives(start_again, data, close):
    run = start_again()
    run.train(0, 2)
    test = run.engine.put(data.test.parts)
    results = run.engine.evaluate(test, 128)
    run.engine.save_state()
    model = run.engine.model
    expected = model.evaluate(
        data.test["image"], data.test["label"], 128, verbose=0, return_dict=True
    )
    close(results, expected)


@pytest.mark.slow_on("tensorflow", "torch")
def test_results_come_in_one_order_on_all_backends(start_again, build):
    run = start_again(build)
    results = run.engine.evaluate(run.data, 500)
    assert list(results) == sorted(results)


@pytest.mark.slow_on("tensorflow", "torch")
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


def test_trying_the_first_batch_leaves_the_model_as_it_was(start, build, data):
    run = start(build)
    before = [np.array(ops.convert_to_numpy(v.value)) for v in run.engine.model.variables]
    run.engine.try_first_batch(data.train.take(slice(16)))
    after = [ops.convert_to_numpy(v.value) for v in run.engine.model.variables]
    assert same(before, after)
    assert all(
        not np.any(ops.convert_to_numpy(v.value)) for v in run.engine.model.metrics_variables
    )


def test_stack_makes_arrays():
    stacked = stack([{"a": ops.ones(())}, {"a": ops.zeros(())}])
    assert stacked["a"].tolist() == [1.0, 0.0]
