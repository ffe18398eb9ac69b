import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class


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
    return outer, BatchPreparation("image", "label")


@pytest.mark.parametrize("first", ["train", "evaluate"])
@pytest.mark.slow
def test_a_model_that_cannot_be_traced_runs_eagerly_and_says_so_once(start, told, close, first):
    run, eager = start(branching), start(branching, compile=False)
    if first == "evaluate":
        run.engine.evaluate(run.data, 1000)
    losses = [run.train(0, 2)[0], run.train(2, 3)[0]]
    results = run.engine.evaluate(run.data, 1000)
    (message,) = told()
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
if keras.backend.backend() != "tensorflow":  # which can slice so
    READS["slice"] = lambda x: x[: ops.cast(ops.max(x), "int32")]


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
@pytest.mark.slow_on("jax", "torch")
def test_whatever_reads_a_value_is_found_out(start, told, read):
    class Reading(engine_class()):
        def train_step(self, *arguments):
            read(arguments[-2]["image"])
            return super().train_step(*arguments)

    run = start(engine=Reading)
    losses, _ = run.train(0, 1)
    assert len(told()) == 1
    assert np.isfinite(losses["loss"]).all()


@pytest.mark.slow
def test_falling_back_in_the_middle_keeps_what_was_trained(start, close):
    class Moody(engine_class()):
        def train_step(self, *arguments):
            step = super().train_step(*arguments)
            images = arguments[-2]["image"]
            if images.shape[0] == 8:
                bool(ops.max(images) > 0)
            return step

    run, eager = start(engine=Moody), start(compile=False)
    run.train(0, 2)
    assert run.engine.compile
    losses, _ = run.train(2, 4, batch_size=8)
    assert not run.engine.compile
    eager.train(0, 2)
    close(losses, eager.train(2, 4, batch_size=8)[0])


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize("compile", [True, False])
def test_an_impossible_shape_is_an_error(start, told, compile):
    class Wrong(engine_class()):
        def train_step(self, *arguments):
            ops.matmul(ops.zeros((2, 3)), ops.zeros((2, 3)))
            return super().train_step(*arguments)

    run = start(engine=Wrong, compile=compile)
    with pytest.raises(Exception, match=r"(?i)dim|shape|incompatible"):
        run.train(0, 2)
    assert run.engine.compile == compile
    assert told() == []


def test_a_wrong_model_fails_with_the_words_of_keras(start):
    def wrong():
        model, batch = branching()
        model.call = lambda inputs: ops.matmul(inputs, ops.zeros((3, 3)))
        return model, batch

    with pytest.raises(Exception, match="Exception encountered when calling"):
        start(wrong).train(0, 1)
