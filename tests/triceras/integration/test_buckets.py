"""Examples of several lengths, in batches that are as long as they need."""

import os
import signal

import keras
import numpy as np
import pytest

from triceras.commands.evaluate import evaluate
from triceras.commands.predict import predict
from triceras.commands.train import train
from triceras.config import compose
from triceras.data import bucketing
from triceras.data.order import Order
from triceras.loops.recorder import Recorder
from triceras.runs.stop import Interrupted
from triceras.testing.runs import column, run
from triceras.testing.small.sentences import COUNT, sentence

pytestmark = pytest.mark.slow_on("jax", "tensorflow")

SMALL = "triceras.testing.small.sentences"
LABEL = "{_target_: keras.losses.SparseCategoricalCrossentropy, from_logits: true}"
EVEN = "{_target_: keras.losses.MeanSquaredError}"
METRIC = "{_target_: keras.metrics.SparseCategoricalAccuracy, name: accuracy}"
SENTENCES = (
    *("experiment=linear", "data=python", f"data.source={SMALL}.Sentences", "data.classes=3"),
    *("data.test_size=21", "data.validation_size=9", "batch_size=4", "evaluation_batch_size=6"),
    *(f"model.network._target_={SMALL}.build_reader", "model.targets={label: label, even: even}"),
    *("~model.loss", f"+model.loss={{label: {LABEL}, even: {EVEN}}}", "epochs=2"),
    *("~model.metrics", f"+model.metrics={{label: [{METRIC}]}}"),
)
STEPS = 90 // 4
BUCKETS = (*SENTENCES, "data.pad={words: [4,12], even: [4,12]}")


@pytest.fixture(scope="module")
def traced():
    """The number of words of each forward pass of Python's, so many steps into the run."""
    return []


@pytest.fixture(scope="module")
def trained(backend, tmp_path_factory, traced):
    """A run in the custom loop, of examples that are made when they are needed."""
    layer = keras.layers.GlobalAveragePooling1D
    call, record, steps = layer.call, Recorder.record, [0]

    def noted(self, inputs, mask=None):
        traced.append((inputs.shape[1], steps[0]))
        return call(self, inputs, mask)

    def counted(self, *arguments):
        record(self, *arguments)
        steps[0] = self.step

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layer, "call", noted)
        patch.setattr(Recorder, "record", counted)
        return run(tmp_path_factory.mktemp("trained"), backend, *BUCKETS, "data.memory_mb=0")


# It is `fit` but for the step, which is compared with Keras's on each backend.
@pytest.mark.in_turn
@pytest.mark.slow_on("torch")
@pytest.mark.parametrize("loop", ["fit", pytest.param("fit_custom_step", marks=pytest.mark.once)])
def test_all_loops_have_one_curve(loop, backend, tmp_path, trained):
    found = run(tmp_path, backend, *BUCKETS, f"loop={loop}")
    assert len(column(found)) == 2 * STEPS
    np.testing.assert_allclose(column(found), column(trained), rtol=1e-5)
    # Keras on TensorFlow does not weigh the losses of single outputs by what is in a batch.
    for name in ("val_loss", "test_loss", "val_label_accuracy", "test_label_accuracy"):
        metrics = [one.summary["metrics"][name] for one in (found, trained)]
        np.testing.assert_allclose(*metrics, rtol=1e-5)


@pytest.mark.in_turn
@pytest.mark.slow
def test_there_is_a_program_for_each_bucket_and_none_for_each_batch(traced, trained):
    assert {length for length, _ in traced} >= {4, 12}
    assert not [step for _, step in traced if STEPS < step < 2 * STEPS]


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.slow_on("torch")
def test_a_run_goes_on_in_the_midst_of_an_epoch(loop, backend, tmp_path, monkeypatch):
    short = (*BUCKETS, f"loop={loop}", "compile=false", "max_steps=8")
    whole = run(tmp_path / "whole", backend, *short)
    record = Recorder.record

    def and_stop(self, *arguments):
        record(self, *arguments)
        if self.step >= 5:
            monkeypatch.setattr(Recorder, "record", record)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Recorder, "record", and_stop)
    with pytest.raises(Interrupted):
        run(tmp_path / "cut", backend, *short, "data.memory_mb=0")
    (path,) = (tmp_path / "cut").rglob("run.json")
    looks = []
    monkeypatch.setattr(bucketing, "buckets_of", lambda *arguments: looks.append(arguments))
    assert column(train(compose([f"resume={path.parent}"]))) == column(whole)
    assert not looks, "the run knows the lengths of all examples"


@pytest.mark.slow
def test_a_batch_of_the_shortest_is_as_short_as_they_are(backend, trained):
    train = trained.objects["data"].train
    order = Order(0, len(train), 4, buckets=train.buckets)
    shapes = [train.take_step(i, order.step(i), ["words"])["words"].shape for i in range(STEPS)]
    assert set(shapes) == {(4, 4), (4, 12)}
    train.close()


@pytest.mark.in_turn
@pytest.mark.slow_on("torch")
def test_the_test_set_is_looked_at_bucket_by_bucket(backend, trained, tmp_path):
    model, test = trained.objects["model"], trained.objects["data"].test
    right = [
        np.argmax(keras.ops.convert_to_numpy(model(one["words"][None])["label"])) == one["label"]
        for one in map(sentence, test.numbers)
    ]
    np.testing.assert_allclose(
        trained.summary["metrics"]["test_label_accuracy"], np.mean(right), rtol=1e-6
    )
    again = evaluate(compose([f"run={trained.folder}", "checkpoint=last"], "evaluate"))
    np.testing.assert_allclose(
        again["test_loss"], trained.summary["metrics"]["test_loss"], rtol=1e-6
    )


@pytest.mark.in_turn
@pytest.mark.slow
def test_predictions_of_all_lengths_are_in_the_order_of_the_source(backend, trained, tmp_path):
    options = [f"run={trained.folder}", "checkpoint=last", "split=all", "batch_size=30"]
    found = np.load(predict(compose([*options, f"output={tmp_path / 'all.npz'}"], "predict")))
    assert found["row"].tolist() == list(range(COUNT))
    assert found["even"].shape == (COUNT, 12, 1)
    model = trained.objects["model"]
    for row in range(0, COUNT, 10):
        words = sentence(row)["words"]
        wanted = model(words[None])
        for name, values in (("label", found["label"][row]), ("even", found["even"][row])):
            array = keras.ops.convert_to_numpy(wanted[name])[0]
            np.testing.assert_allclose(values[: len(array)], array, rtol=1e-4, atol=1e-6)
    lengths = np.where(np.any(found["even"] != 0, axis=-1), np.arange(1, 13), 0).max(axis=1)
    assert set(lengths) == {4, 12}
