import keras
import numpy as np
import pytest

from lab.figures.prediction_scatter import PredictionScatter
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.figures.figure import Subject

X = np.array([[0.0], [1.0], [2.0], [3.0]], "float32")
Y = np.array([[0.0], [3.0], [4.0], [5.0]], "float32")


@pytest.fixture
def subject(tmp_path):
    """Of a model that predicts twice its input."""

    def subject(output):
        inputs = keras.Input((1,))
        outputs = keras.layers.Rescaling(2.0)(inputs)
        model = keras.Model(inputs, {output: outputs} if output else outputs, name="twice")
        split = Split({"x": X, "y": Y})
        data = Dataset("line", split, None, split)
        batch = BatchPreparation("x", {output: "y"} if output else "y")
        return Subject(model, data, tmp_path, 0, batch)

    return subject


@pytest.mark.parametrize("output", [None, "double"])
def test_points_are_truth_and_prediction(subject, output):
    figure = PredictionScatter(output, "height").draw(subject(output))
    (axes,) = figure.axes
    np.testing.assert_allclose(axes.collections[0].get_offsets(), np.hstack([Y, 2 * X]))
    assert axes.get_xlabel() == "true height"
    # Errors are 0, -1, 0 and 1; the targets vary by 14 / 4.
    title = "Test R² 0.857, root mean square error 0.707"
    assert figure.texts[0].get_text() == title


def test_the_line_is_where_predictions_are_right(subject):
    (axes,) = PredictionScatter().draw(subject(None)).axes
    line = axes.get_lines()[0].get_xydata()
    np.testing.assert_allclose(line, [[0, 0], [6, 6]])


def test_what_is_always_the_same_explains_nothing(subject, monkeypatch):
    monkeypatch.setattr(f"{__name__}.Y", np.ones_like(Y))
    title = PredictionScatter().draw(subject(None)).texts[0].get_text()
    assert title.startswith("Test root mean square error")


def test_several_numbers_of_an_example_are_refused(subject, monkeypatch):
    monkeypatch.setattr(f"{__name__}.Y", np.ones((4, 2), "float32"))
    with pytest.raises(UserError, match=r"shows one number of an example, and these have \(2,\)"):
        PredictionScatter().draw(subject(None))
