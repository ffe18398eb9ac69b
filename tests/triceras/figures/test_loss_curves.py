import keras
import numpy as np
import pytest

from triceras.errors import UserError
from triceras.figures.curves import moving_average
from triceras.figures.loss_curves import LossCurves, unit_of

pytestmark = pytest.mark.once


def write_steps(subject, losses):
    lines = [f"{step},{loss},0" for step, loss in enumerate(losses)]
    (subject.folder / "steps.csv").write_text("\n".join(["step,loss,running_kl", *lines, ""]))


def write_epochs(subject, train, validation):
    lines = [
        f"{epoch},{10 * (epoch + 1)},{loss},{val_loss}"
        for epoch, (loss, val_loss) in enumerate(zip(train, validation, strict=True))
    ]
    header = "epoch,step,loss,val_loss"
    (subject.folder / "epochs.csv").write_text("\n".join([header, *lines, ""]))


@pytest.fixture
def subject(autoencoder, subject_of):
    return subject_of(autoencoder)


def lines_of(axes):
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def test_shows_each_step_and_a_smoothed_line(subject):
    losses = 100 + np.random.default_rng(0).normal(size=200)
    write_steps(subject, losses)
    (axes,) = LossCurves().draw(subject).axes
    lines = lines_of(axes)
    np.testing.assert_allclose(lines["each step"], np.stack([np.arange(200), losses], 1))
    np.testing.assert_allclose(lines["moving average"][:, 1], moving_average(losses))
    assert axes.get_xlabel() == "training steps"
    assert axes.get_ylabel() == "loss (nats)"


def test_shows_training_against_validation_at_the_ends_of_the_epochs(subject):
    write_steps(subject, np.linspace(5, 4, 30))
    write_epochs(subject, [5, 4, 3], [6, 4.5, ""])
    figure = LossCurves().draw(subject)
    _, axes = figure.axes
    lines = lines_of(axes)
    assert lines["training, mean of the epoch"].tolist() == [[10, 5], [20, 4], [30, 3]]
    assert lines["validation, end of the epoch"].tolist() == [[10, 6], [20, 4.5]]
    assert "lowest validation loss 4.5" in figure.texts[1].get_text()


@pytest.mark.parametrize("content", [None, "", "epoch,step,loss,val_loss\n"])
def test_copes_without_epochs(subject, content):
    write_steps(subject, [3, 2, 1])
    if content is not None:
        (subject.folder / "epochs.csv").write_text(content)
    assert len(LossCurves().draw(subject).axes) == 1


def test_copes_without_validation(subject):
    write_steps(subject, [3, 2, 1])
    (subject.folder / "epochs.csv").write_text("epoch,step,loss\n0,1,3\n1,2,2\n")
    figure = LossCurves().draw(subject)
    assert list(lines_of(figure.axes[1])) == ["training, mean of the epoch"]
    assert "validation" not in figure.texts[1].get_text()


def test_one_epoch_has_no_panel_of_its_own(subject):
    write_steps(subject, [3, 2, 1])
    write_epochs(subject, [2], [1])
    assert len(LossCurves().draw(subject).axes) == 1
    (subject.folder / "steps.csv").unlink()
    assert lines_of(LossCurves().draw(subject).axes[0])["training, mean of the epoch"].tolist() == [
        [10, 2]
    ]


def test_nothing_recorded_yet(subject):
    with pytest.raises(UserError, match="no losses are recorded yet"):
        LossCurves().draw(subject)


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        (np.geomspace(2, 0.01, 300), "log"),
        (np.linspace(2, 1, 300), "linear"),
        (np.linspace(2, -1, 300), "linear"),
    ],
)
def test_scale(subject, losses, scale):
    write_steps(subject, losses)
    write_epochs(subject, losses[::30], losses[::30])
    left, right = LossCurves().draw(subject).axes
    assert left.get_yscale() == right.get_yscale() == scale
    for axes, shown in ((left, losses), (right, losses[::30])):
        low, high = axes.get_ylim()
        assert low < shown[-1]
        assert high > losses[10]


def test_noise_alone_does_not_ask_for_a_logarithm(subject):
    write_steps(subject, np.random.default_rng(0).exponential(size=500))
    (axes,) = LossCurves().draw(subject).axes
    assert axes.get_yscale() == "linear"


def test_the_first_steps_do_not_rule_the_range(subject):
    losses = np.concatenate([[5000, 900, 400], np.linspace(110, 100, 297)])
    write_steps(subject, losses)
    (axes,) = LossCurves().draw(subject).axes
    low, high = axes.get_ylim()
    assert 95 < low < 100
    assert 110 < high < 115


def test_validation_that_rises_stays_in_the_picture(subject):
    write_steps(subject, [1, 1])
    write_epochs(subject, np.full(300, 1.0), np.linspace(1, 4, 300))
    _, axes = LossCurves().draw(subject).axes
    assert axes.get_ylim()[1] > 4


@pytest.mark.parametrize("losses", [[2], [0, 0, 0], [1.5, 1.5]])
def test_a_flat_curve_has_a_range(subject, losses):
    write_steps(subject, losses)
    (axes,) = LossCurves().draw(subject).axes
    low, high = axes.get_ylim()
    assert low < losses[0] < high


class Bits(keras.losses.MeanSquaredError):
    unit = "bits"


def test_the_unit_is_named_where_it_is_known(autoencoder, classifier):
    assert unit_of(autoencoder) == unit_of(classifier) == " (nats)"
    autoencoder.compile("sgd", Bits())
    assert unit_of(autoencoder) == " (bits)"
    autoencoder.compile("sgd", keras.losses.MeanSquaredError())
    assert unit_of(autoencoder) == ""
