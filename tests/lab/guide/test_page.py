"""The generated tables of the guide's page say what they are about."""

import re
from pathlib import Path

import pytest

from lab.guide.coverage import coverage, read_blocks
from lab.guide.figures import figures_table, read_figures
from triceras.backend import BACKENDS
from triceras.testing.markdown import generated, read_table

pytestmark = pytest.mark.once

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "guide.md").read_text()
BLOCKS = read_blocks()
FIGURES = read_figures()


@pytest.fixture
def blocks():
    """The rows of the table of blocks."""
    return read_table(generated(PAGE, "coverage"))


@pytest.fixture
def figures():
    """The rows of the table of figures."""
    return read_table(generated(PAGE, "figures"))


def without(rows, columns):
    return [{key: cell for key, cell in row.items() if key not in columns} for row in rows]


def test_blocks_are_those_of_the_guide_and_their_answers(blocks):
    expected = read_table(coverage(BLOCKS, {backend: {} for backend in BACKENDS}))
    assert len(blocks) == 24
    assert without(blocks, BACKENDS) == without(expected, BACKENDS)


def test_answers_exist(blocks):
    for row in blocks:
        (answer,) = re.findall(r"\]\((.+)\)", row["answer"])
        assert (DOCS / answer).is_file(), answer


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_block_passed(blocks, backend):
    for row in blocks:
        passed, tests = map(int, re.fullmatch(r"passed (\d+)/(\d+)", row[backend]).groups())
        assert passed == tests > 0


def test_figures_are_those_of_the_guide(figures):
    expected = read_table(figures_table(FIGURES, {}))
    assert without(figures, FIGURES.loops) == without(expected, FIGURES.loops)


def test_figures_are_within_the_guides(figures):
    wanted = {(figure.experiment, figure.what): figure for figure in FIGURES.figures}
    for row in figures:
        figure = wanted[row["experiment"], row["figure"]]
        for loop in FIGURES.loops:
            assert figure.within(float(row[loop])), row
            assert figure.show(float(row[loop])) == row[loop]
