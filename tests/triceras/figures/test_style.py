import keras
import pytest

from triceras.figures.style import (
    CLASS_COLOURS,
    DPI,
    class_colour,
    facts_of,
    grey_limit,
    new_figure,
)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_facts_tell_the_run_and_how_far_it_went(classifier, subject_of, data, backend):
    classifier.fit(data.train["image"], data.train["label"], batch_size=50, verbose=0)
    assert facts_of(subject_of(classifier)) == [
        "classifier",
        "digits",
        "after 4 steps",
        "seed 7",
        backend,
    ]


def test_facts_of_a_model_that_is_not_compiled(subject_of):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="plain")
    assert facts_of(subject_of(model))[:3] == ["plain", "digits", "seed 7"]


def test_new_figure_has_a_title_a_line_of_facts_and_its_size(classifier, subject_of):
    figure = new_figure(6, 4, "A title", subject_of(classifier), "one more fact")
    title, facts = (text.get_text() for text in figure.texts)
    assert title == "A title"
    assert facts.startswith("classifier  ·  digits")
    assert facts.endswith("one more fact")
    assert list(figure.get_size_inches() * DPI) == [900, 600]


def test_the_header_stays_clear_of_the_axes(classifier, subject_of):
    figure = new_figure(6, 4, "A title", subject_of(classifier))
    axes = figure.subplots()
    figure.draw_without_rendering()
    lowest = min(text.get_window_extent().y0 for text in figure.texts)
    assert axes.get_tightbbox().y1 < lowest


def test_ten_classes_have_ten_colours():
    assert len({class_colour(label) for label in range(10)}) == 10
    assert class_colour(10) == CLASS_COLOURS[0]


def test_grey_limit(data):
    assert grey_limit(data.test["image"], 0.5 * data.test["image"]) == 1
    assert grey_limit(16 * data.test["image"]) == 16
    assert grey_limit(0 * data.test["image"]) == 1
