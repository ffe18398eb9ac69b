import pytest

from triceras.benchmark.picture import scale, speed

pytestmark = pytest.mark.once


def test_speed_has_a_bar_of_its_length_for_each_contender(contenders):
    figure = speed(
        {
            "experiment": "autoencoder",
            "backends": {name: {"contenders": contenders} for name in ("a", "b")},
        }
    )
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["a", "b"]
    for axes in figure.axes:
        assert [bar.get_width() for bar in axes.patches] == [2.0, 3.0, 9.0, 4.0]
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels[:2] == ["ours", "native, an expert's: loop"]


def test_scale_draws_each_size_where_it_belongs():
    def point(batch_size, units, ratio):
        size = {"batch_size": batch_size, "hidden_units": units}
        return {**size, "ours": ratio, "expert": 1.0, "ratio": ratio, "least": 0.5, "most": 2.0}

    points = [point(32, 64, 1.0), point(128, 64, 1.1), point(32, 256, 1.2), point(32, 4096, 1.3)]
    usual = {"batch_size": 32, "hidden_units": 64}
    figure = scale({"experiment": "autoencoder", "backends": {"jax": {**usual, "points": points}}})
    by_batch, by_width = (axes.lines[0] for axes in figure.axes[2:])
    assert (list(by_batch.get_xdata()), list(by_batch.get_ydata())) == ([32, 128], [1.0, 1.1])
    assert (list(by_width.get_xdata()), list(by_width.get_ydata())) == (
        [64, 256, 4096],
        [1.0, 1.2, 1.3],
    )
