import pytest

from triceras.config import ROOT
from triceras.keras_table import optimizers, page
from triceras.keras_table.compare import Line
from triceras.keras_table.layers import WHY_NOT
from triceras.keras_table.table import cases
from triceras.testing.markdown import read_table

pytestmark = pytest.mark.once

LINES = {
    ("layer", "Dense"): Line(2e-7, {}, ()),
    ("layer", "Odd"): Line(0.1, {("jax", "fit"): "ValueError: no"}, (("torch", "custom"),)),
    ("optimizer", "Adam"): Line(1e-7, {}, ()),
    ("optimizer", "Adam clipnorm"): Line(3e-7, {}, (), (("jax", "fit"),)),
    ("optimizer", "CosineDecay"): Line(None, {}, ()),
}


def test_every_line_is_there():
    text = page.markdown(LINES, {"Wrapper": "is the base of others"})
    assert text.startswith("3 of 5 models train to one curve; 1 (†) have not been trained on")
    rows = read_table(text.split("## Layers")[1])
    assert [tuple(row.values()) for row in rows] == [
        ("Dense", "2e-07", ""),
        ("Odd", "1e-01", "not compiled: torch custom; jax fit: ValueError: no"),
        ("Wrapper", "", "is the base of others"),
    ]
    options = read_table(text.split("## Optimizers, by option")[1])
    assert [row["Adam"] for row in options] == ["1e-07", "3e-07†"]
    assert "| CosineDecay | none trains |" in text


def test_what_nothing_explains_is_a_problem(monkeypatch):
    assert [problem.split(":")[0] for problem in page.problems(LINES)] == [
        "layer Odd",
        "optimizer CosineDecay",
    ]
    monkeypatch.setattr(page, "REASONS", {("layer", "Odd"): "it is odd"})
    assert len(page.problems(LINES)) == 1


def test_the_page_has_all_there_is():
    text = (ROOT / "docs" / "triceras" / "keras_table.md").read_text()
    names = [name for kind, name in cases() if kind != "optimizer"]
    assert [name for name in [*names, *WHY_NOT] if f"| {name} |" not in text] == [], (
        "write the page anew: python scripts/keras_table.py --write"
    )
    header = " | ".join(["option", *optimizers.found()])
    assert f"| {header} |" in text
