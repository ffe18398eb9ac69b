import pytest

from triceras.keras_table import page
from triceras.keras_table.compare import Line
from triceras.testing.markdown import read_table

pytestmark = pytest.mark.once

LINES = {
    ("layer", "Dense"): Line(2e-7, {}, ()),
    ("layer", "Odd"): Line(0.1, {("jax", "fit"): "ValueError: no"}, (("torch", "custom"),)),
    ("optimizer", "Adam"): Line(1e-7, {}, ()),
    ("optimizer", "Adam clipnorm"): Line(3e-7, {}, ()),
    ("optimizer", "CosineDecay"): Line(None, {}, ()),
}


def test_every_line_is_there():
    text = page.markdown(LINES, {"Wrapper": "is the base of others"})
    assert text.startswith("3 of 5 models train to one curve.")
    rows = read_table(text.split("## Layers")[1])
    assert [tuple(row.values()) for row in rows] == [
        ("Dense", "2e-07", ""),
        ("Odd", "1e-01", "not compiled: torch custom; jax fit: ValueError: no"),
        ("Wrapper", "", "is the base of others"),
    ]
    options = read_table(text.split("## Optimizers, by option")[1])
    assert [row["Adam"] for row in options] == ["1e-07", "3e-07"]
    assert "| CosineDecay | none trains |" in text


def test_what_nothing_explains_is_a_problem(monkeypatch):
    assert [problem.split(":")[0] for problem in page.problems(LINES)] == [
        "layer Odd",
        "optimizer CosineDecay",
    ]
    monkeypatch.setattr(page, "REASONS", {("layer", "Odd"): "it is odd"})
    assert len(page.problems(LINES)) == 1
