import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.modelling.ignored_labels import tell_of_ignored_labels

pytestmark = pytest.mark.once

SPARSE = keras.losses.SparseCategoricalCrossentropy
VOID = np.array([[0, 1, 255, 2]] * 4, "uint8").reshape(4, 2, 2)


def said(caplog, masks=VOID, loss=None, weight=None, **metrics):
    counts = (masks != 255).astype("float32")
    split = Split({"image": np.zeros((4, 2, 2, 1), "float32"), "mask": masks, "counts": counts})
    data = Dataset("masks", train=split, validation=None, test=split, inputs="image")
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", loss or SPARSE(from_logits=True, ignore_class=255), **metrics)
    caplog.clear()
    tell_of_ignored_labels(model, BatchPreparation("image", "mask", weight), data)
    return caplog.messages


def accuracy():
    return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]


@pytest.mark.parametrize("key", ["metrics", "weighted_metrics"])
def test_a_metric_that_counts_what_the_loss_ignores_is_told_of(caplog, key):
    (message,) = said(caplog, **{key: accuracy()})
    assert message.startswith(
        "the metric accuracy counts mask=255, which the loss ignores, as wrong (25.0 % of"
    )


def test_others_are_not(caplog):
    assert not said(caplog, weighted_metrics=accuracy(), weight="counts")
    assert said(caplog, metrics=accuracy(), weight="counts")
    assert not said(caplog, np.minimum(VOID, 2), metrics=accuracy())
    assert not said(caplog, np.minimum(VOID, 2), SPARSE(from_logits=True), metrics=accuracy())
    assert not said(caplog, metrics=[keras.metrics.MeanIoU(3, sparse_y_pred=False)])


def test_of_several_outputs_each_has_its_own(caplog):
    inputs = keras.Input((2, 2, 1))
    outputs = {name: keras.layers.Conv2D(3, 1, name=name)(inputs) for name in ("a", "b")}
    model = keras.Model(inputs, outputs)
    losses = {"a": SPARSE(ignore_class=255), "b": SPARSE()}
    model.compile("sgd", losses, metrics={"a": accuracy(), "b": accuracy()})
    split = Split({"image": np.zeros((4, 2, 2, 1)), "mask": VOID, "other": VOID % 3})
    data = Dataset("masks", train=split, validation=None, test=split, inputs="image")
    tell_of_ignored_labels(model, BatchPreparation("image", {"a": "mask", "b": "other"}), data)
    assert len(caplog.messages) == 1


class OfSome(keras.metrics.SparseCategoricalAccuracy):
    """Leaves void out by itself."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred, keras.ops.cast(y_true != 255, "float32"))


def test_one_of_one_s_own_that_leaves_them_out_is_not(caplog):
    assert not said(caplog, metrics=[OfSome()])
