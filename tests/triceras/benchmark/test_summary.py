import pytest

from triceras.benchmark.summary import difference, fastest, ratios, startup, summarize

pytestmark = pytest.mark.once


def test_summary_is_median_least_and_most():
    assert summarize({"ms": [5.0, 1.0, 2.0]}) == {"median": 2.0, "least": 1.0, "most": 5.0}


def test_fastest_form_of_a_kind(contenders):
    assert fastest(contenders, "people's") == "fast"
    assert fastest(contenders, "fit") is None


def test_ratios_are_of_the_same_round(contenders):
    assert ratios(contenders) == {
        "expert's": {"to": "loop", "median": 0.5, "least": 0.5, "most": 1.0},
        "people's": {"to": "fast", "median": 0.25, "least": 0.25, "most": 0.75},
    }


def test_parts_of_a_start():
    ready = {
        "call_seconds": 1.0,
        "first_call_seconds": 4.0,
        "first_call_ended": 110.0,
        "import_seconds": 2.0,
    }
    assert startup(ready, started=100.0, steps_per_call=10) == pytest.approx(
        {"compile": 3.0, "to_first_step": 9.1, "import": 2.0, "rest": 4.1}
    )


def test_difference_is_the_largest_and_relative():
    assert difference([2.0, 4.4, 1.0], [2.0, 4.0, 1.05]) == pytest.approx(0.1)
