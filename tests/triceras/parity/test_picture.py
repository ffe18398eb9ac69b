import numpy as np
import pytest

from triceras.parity.compare import compare_all
from triceras.parity.picture import draw


@pytest.fixture
def figure(config, evidence, altered):
    def draw_it(other, *labels):
        found = {"jax": evidence, "torch": altered(other), **dict.fromkeys(labels, evidence)}
        comparisons = compare_all(found, ["jax", "torch"], config().tolerance)
        return draw(config(), found, comparisons)

    return draw_it


def lines_of(axes):
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def test_curves_lie_on_top_of_each_other_and_all_are_seen(figure, evidence):
    losses, _ = figure(lambda other: None, "jax-again").axes
    lines = lines_of(losses)
    assert list(lines) == ["jax custom", "jax fit", "torch custom", "torch fit"]
    for points in lines.values():
        np.testing.assert_array_equal(points[:, 1], evidence.losses["custom"]["loss"])
    widths = [line.get_linewidth() for line in losses.lines]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 4


def test_differences_are_those_of_each_step(figure):
    def other(evidence):
        evidence.losses["custom"]["loss"][3:] *= 1.5

    _, axes = figure(other).axes
    assert axes.get_yscale() == "log"
    lines = lines_of(axes)
    points = lines["torch against jax"][:, 1]
    assert np.isnan(points[:3]).all()
    np.testing.assert_allclose(points[3:], 0.5)
    assert np.isnan(lines["jax fit against jax custom"][:, 1]).all()
    np.testing.assert_allclose(lines["allowed"][:, 1], 1e-5)


@pytest.mark.slow
@pytest.mark.in_turn
def test_it_can_be_written(figure, tmp_path):
    figure(lambda other: None, "jax-again", "jax-moved").savefig(tmp_path / "it.png")
    assert (tmp_path / "it.png").stat().st_size > 10_000
