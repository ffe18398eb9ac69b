import warnings

import pytest

from triceras.search.results import picture

pytestmark = pytest.mark.once


def test_axes_of_one_value_are_drawn_without_a_word(tmp_path):
    from matplotlib import pyplot

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = picture(tmp_path, "slices", lambda: pyplot.gca().set_ylim(1.0, 1.0))
    assert made == tmp_path / "search_slices.png"
    assert made.is_file()
