import dataclasses

import keras
import numpy as np
import pytest
import sklearn.metrics

from lab.figures.confusion_matrix import ConfusionMatrix, predicted_classes
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError


@pytest.fixture
def classifier(data):
    """Chooses the class whose mean image is the nearest."""
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    x, y = data.train["image"], data.train["label"]
    means = np.stack([x[y == label].mean(axis=0) for label in range(10)])
    model.set_weights([means.T, -0.5 * np.sum(means**2, axis=1)])
    return model


def drawn(classifier, subject_of, data):
    figure = ConfusionMatrix().draw(subject_of(classifier))
    logits = keras.ops.convert_to_numpy(classifier(data.test["image"], training=False))
    return figure, logits.argmax(-1)


def test_numbers_are_counts_and_colours_are_shares(classifier, subject_of, data):
    figure, predicted = drawn(classifier, subject_of, data)
    axes = figure.axes[0]
    expected = sklearn.metrics.confusion_matrix(data.test["label"], predicted, labels=range(10))
    numbers = np.zeros((10, 10), int)
    for text in axes.texts:
        column, row = text.xy
        numbers[row, column] = int(text.get_text())
    np.testing.assert_array_equal(numbers, expected)
    assert len(axes.texts) == 100
    shares = sklearn.metrics.confusion_matrix(
        data.test["label"], predicted, labels=range(10), normalize="true"
    )
    np.testing.assert_allclose(axes.images[0].get_array(), shares)
    assert axes.images[0].get_clim() == (0, 1)
    assert "true" in axes.get_ylabel()
    assert "predicted" in axes.get_xlabel()


def test_the_title_tells_the_test_accuracy(classifier, subject_of, data):
    figure, predicted = drawn(classifier, subject_of, data)
    right = int(np.sum(predicted == data.test["label"]))
    assert 50 < right < 200
    title = figure.texts[0].get_text()
    assert title == f"Test accuracy {right / 200:.1%}: {right} of 200 examples"


def test_a_class_without_images_is_an_empty_row(classifier, subject_of, data):
    kept = data.test["label"] != 3
    test = type(data.test)(data.test.take(np.flatnonzero(kept)))
    subject = subject_of(classifier)
    few = type(data)(**{**vars(data), "test": test})
    axes = ConfusionMatrix().draw(type(subject)(**{**vars(subject), "data": few})).axes[0]
    shares = axes.images[0].get_array()
    assert shares.shape == (10, 10)
    assert np.all(shares[3] == 0)


def test_classes_are_called_by_their_names(classifier, subject_of, data):
    subject = subject_of(classifier)
    names = [f"class {label}" for label in range(10)]
    for declared, wanted in (({}, list("0123456789")), ({"class_names": names}, names)):
        named = dataclasses.replace(data, declares=declared)
        axes = ConfusionMatrix().draw(dataclasses.replace(subject, data=named)).axes[0]
        for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
            assert [label.get_text() for label in labels] == wanted


def test_an_output_is_taken_by_its_name(classifier, subject_of, data):
    inputs = keras.Input((64,))
    several = {"other": keras.layers.Dense(2)(inputs), "digit": classifier(inputs)}
    subject = subject_of(keras.Model(inputs, several))
    batch = BatchPreparation("image", {"other": "label", "digit": "label"})
    figure = ConfusionMatrix("digit").draw(dataclasses.replace(subject, batch=batch))
    expected, _ = drawn(classifier, subject_of, data)
    assert figure.texts[0].get_text() == expected.texts[0].get_text()


def test_classes_are_called_by_the_texts_of_a_table(classifier, subject_of, data):
    names = [f"kind {label}" for label in range(10)]
    table = dataclasses.replace(data, labels="label", kept={"vocabularies": {"label": names}})
    axes = ConfusionMatrix().draw(dataclasses.replace(subject_of(classifier), data=table)).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == names


@pytest.mark.parametrize("logits", [True, False])
def test_one_number_is_of_two_classes(subject_of, data, logits):
    def halved(split):
        return Split({"image": split["image"], "label": (split["label"] > 4).astype("int32")})

    halves = {name: halved(vars(data)[name]) for name in ("train", "validation", "test")}
    two = dataclasses.replace(data, classes=2, **halves)
    activation = "linear" if logits else "sigmoid"
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1, activation)])
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=logits))
    subject = dataclasses.replace(subject_of(model), data=two)
    title = ConfusionMatrix().draw(subject).figure.texts[0].get_text()
    given = keras.ops.convert_to_numpy(model(two.test["image"]))[:, 0]
    right = int(np.sum((given > (0 if logits else 0.5)) == two.test["label"]))
    assert 20 < right < 180
    assert f"{right} of 200 examples" in title


@pytest.mark.parametrize("loss", [keras.losses.Hinge(), "squared_hinge"])
def test_a_hinge_decides_at_0(loss):
    outputs = np.array([[-1.0], [0.3], [1.0]])
    assert predicted_classes(outputs, 2, loss).tolist() == [0, 1, 1]


def test_one_number_is_of_no_more_classes(subject_of):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
    with pytest.raises(UserError, match="the model gives 1 numbers for an example, and a confusi"):
        ConfusionMatrix().draw(subject_of(model))
