import keras
import numpy as np
import pytest

from lab.figures.objective_curves import ObjectiveCurves
from lab.models.dcgan import build_dcgan
from triceras.errors import UserError


@pytest.fixture
def subject(subject_of):
    model = build_dcgan((64,), (8, 8, 1), latent_dim=3, filters=2)
    model.compile({name: keras.optimizers.Adam() for name in ("discriminator", "generator")})
    return subject_of(model)


@pytest.mark.slow_on("jax")
def test_shows_a_curve_for_each_objective(subject):
    lines = [f"{k},{3 + k},{1},{2 + k}" for k in range(5)]
    header = "step,loss,discriminator_loss,generator_loss"
    (subject.folder / "steps.csv").write_text("\n".join([header, *lines]) + "\n")
    (axes,) = ObjectiveCurves().draw(subject).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["discriminator loss", "generator loss"]
    curves = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_allclose(curves["discriminator loss"].get_ydata(), 1)
    assert (np.diff(curves["generator loss"].get_ydata()) > 0).all()
    np.testing.assert_array_equal(curves["generator loss"].get_xdata(), range(5))


@pytest.mark.slow_on("jax")
def test_losses_below_0_are_shown(subject):
    lines = [f"{k},0,{-k},{k - 9}" for k in range(5)]
    header = "step,loss,discriminator_loss,generator_loss"
    (subject.folder / "steps.csv").write_text("\n".join([header, *lines]) + "\n")
    (axes,) = ObjectiveCurves().draw(subject).axes
    low, high = axes.get_ylim()
    assert -10 < low < -9
    assert 0 <= high < 1


@pytest.mark.slow_on("jax")
def test_without_records(subject):
    (subject.folder / "steps.csv").write_text("step,loss\n0,1\n")
    with pytest.raises(UserError, match="no losses are recorded yet"):
        ObjectiveCurves().draw(subject)
