import keras
import numpy as np
import pytest

from triceras import engines
from triceras.data.batch import BatchPreparation


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


@pytest.mark.slow_on("tensorflow")
def test_an_operation_that_xla_lacks_is_found_out(start):
    import tensorflow as tf

    class Printing(engines.engine_class()):
        def train_step(self, parts, key):
            losses, metrics = super().train_step(parts, key)
            length = tf.reduce_max(tf.strings.length(tf.strings.as_string(parts["image"])))
            return {"loss": losses["loss"] + tf.cast(length, "float32")}, metrics

    run = start(engine=Printing)
    losses, metrics = run.train(0, 1)
    assert (run.engine.compile, run.engine.in_xla) == (True, False)
    assert losses["loss"] == pytest.approx(metrics["loss"] + len("0.123456"), rel=1e-5)


@pytest.mark.slow_on("tensorflow")
def test_what_xla_would_compute_otherwise_is_kept_out_of_it(start, close):
    def cropping():
        layers = [
            keras.layers.Reshape((8, 8, 1)),
            keras.layers.RandomCrop(5, 5, seed=1),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10),
        ]
        model = keras.Sequential([keras.Input((64,)), *layers])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss)
        return model, BatchPreparation("image", "label")

    compiled, eager = start(cropping), start(cropping, compile=False)
    close(compiled.train(0, 3)[0], eager.train(0, 3)[0])
    assert compiled.engine.compile


@pytest.mark.slow_on("tensorflow")
def test_an_evaluation_may_lack_an_operation_as_well(start, told):
    import tensorflow as tf

    class Printing(engines.engine_class()):
        def test_step(self, parts):
            super().test_step(parts)
            tf.strings.length(tf.strings.as_string(parts["image"]))

    run, other = start(engine=Printing), start()
    assert run.engine.evaluate(run.data, 100) == pytest.approx(
        other.engine.evaluate(other.data, 100), rel=1e-5
    )
    assert run.engine.compile
    # Training is what it will be where the run is resumed, before it has evaluated.
    assert (run.engine.tests_in_xla, run.engine.in_xla) == (False, None)
    (message,) = told()
    assert message.startswith("XLA lacks an operation of the step, which runs without it, slower: ")


@pytest.mark.slow_on("tensorflow")
def test_rows_have_a_static_length():
    import tensorflow as tf

    array = np.arange(12).reshape(6, 2)
    data = {"x": tf.constant(array)}
    rows = tf.function(lambda start: engines.module().rows(data, start, 3)["x"])
    assert rows.get_concrete_function(tf.TensorSpec((), "int32")).output_shapes == (3, 2)
    assert np.array_equal(rows(tf.constant(2)), array[2:5])


class Named:
    """A program that can be traced, and gives its name in place of being run."""

    def __init__(self, name, program):
        self.name, self.program = name, program

    def get_concrete_function(self, *arguments):
        return self.program.get_concrete_function(*arguments)

    def __call__(self, *arguments):
        return {self.name: np.zeros(5)}, {}


@pytest.mark.slow_on("tensorflow")
def test_only_convolutions_on_a_cpu_are_kept_out_of_the_loops_of_xla(
    start, start_convolutional, monkeypatch
):
    def program(start):
        engine = (run := start()).engine
        for name in ("train_program", "train_program_in_xla"):
            monkeypatch.setattr(engine, name, Named(name, getattr(engine, name)))
        ((name, _),) = run.train(0, 1)[0].items()
        return name

    assert program(start) == "train_program_in_xla"
    monkeypatch.setattr(engines.module(), "device", lambda: "cpu")
    assert program(start_convolutional) == "train_program"
    monkeypatch.setattr(engines.module(), "device", lambda: "gpu:0")
    assert program(start_convolutional) == "train_program_in_xla"


def test_batches_of_other_lengths_are_other_shared_steps():
    short, long = ({"words": np.zeros((9, length))} for length in (4, 12))
    shapes_of_rows = engines.module().shapes_of_rows
    assert shapes_of_rows(short, 3) == (("words", (3, 4)),)
    assert shapes_of_rows(short, 3) != shapes_of_rows(long, 3)
    assert shapes_of_rows(short, 3) != shapes_of_rows(short, 2)
