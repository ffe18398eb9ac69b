import numpy as np
import pytest

from lab.figures.accuracy_curves import AccuracyCurves, first_above
from triceras.errors import UserError

pytestmark = pytest.mark.slow  # a classifier is trained for it


def write(subject, accuracy, val_accuracy):
    rows = zip((10, 100, 1000), accuracy, val_accuracy, strict=True)
    lines = ["step,accuracy,val_accuracy", *(",".join(map(str, row)) for row in rows)]
    (subject.folder / "epochs.csv").write_text("\n".join(lines) + "\n")


def test_says_when_each_passed_the_threshold(subject_of, classifier):
    subject = subject_of(classifier)
    write(subject, (0.5, 1.0, 1.0), (0.1, 0.2, 0.995))
    (axes,) = AccuracyCurves().draw(subject).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["training, 0.99 at step 100", "validation, 0.99 at step 1,000"]
    curves = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_allclose(curves[labels[1]].get_ydata(), (0.1, 0.2, 0.995))
    assert axes.get_xscale() == "log"


def test_what_did_not_pass_has_no_line(subject_of, classifier):
    subject = subject_of(classifier)
    write(subject, (0.5, 1.0, 1.0), (0.1, 0.2, 0.3))
    (axes,) = AccuracyCurves().draw(subject).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()][1] == "validation"
    assert first_above(np.arange(3), np.array([0.1, 0.99, 0.5]), 0.99) is None


def test_without_records(subject_of, classifier):
    subject = subject_of(classifier)
    (subject.folder / "epochs.csv").write_text("step,accuracy\n1,0.5\n")
    with pytest.raises(UserError, match="no accuracy of training and validation"):
        AccuracyCurves().draw(subject)
