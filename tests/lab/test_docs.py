import re
import shlex
from pathlib import Path

import pytest

from triceras import project
from triceras.config import compose, files
from triceras.testing.markdown import broken_links, missing_scripts, read_table

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text()
COMMAND = re.compile(r"^python scripts/train\.py ([^-<#\n][^<#\n]*?)(?: *#.*)?$", re.MULTILINE)
COPY = re.compile(r"^<!-- file: ([^\n]+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_and_commands_lead_somewhere(page):
    assert broken_links(page) == []
    assert missing_scripts(page, ROOT) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").rglob("*.md")) + PAGES[:1], ids=lambda page: page.stem
)
def test_what_can_be_trained_can_be_composed(page):
    for command in COMMAND.findall(page.read_text()):
        assert compose(shlex.split(command))


def test_is_read_in_a_few_minutes():
    assert len(README.splitlines()) <= 250


def test_copies_are_what_the_files_say():
    assert len(COPY.findall(README)) == README.count("<!-- file: ")
    for path, text in COPY.findall(README):
        assert (ROOT / path).read_text() == text, path


def test_the_index_has_every_page():
    linked = set(re.findall(r"\]\((docs/[^)]+)\)", README))
    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")}
    # An update of the engine room may have brought pages to docs/triceras.
    optional = set() if project.is_template() else {p for p in pages if p.startswith("docs/tri")}
    assert pages - optional <= linked <= pages


def test_folders_of_the_map_are_there():
    (map,) = re.findall(r"^```\n(src/.+?)^```$", README, re.MULTILINE | re.DOTALL)
    folders = re.findall(r"^([\w/]+)/ ", map, re.MULTILINE)
    assert len(folders) > 4
    for folder in folders:
        assert (ROOT / folder).is_dir(), folder


def test_what_comes_with_the_template_is_marked_from_begin_to_end():
    marks = re.findall(r"^<!-- shipped: (begin|end) -->$", README, re.MULTILINE)
    assert marks == ["begin", "end"] * (len(marks) // 2)
    assert README.count("<!-- shipped: ") == len(marks)


def test_listed_choices_are_there():
    page = ROOT / "docs" / "results.md"
    if not page.is_file():
        pytest.skip("a project without the shipped experiments")
    for row in read_table(page.read_text()):
        group = row["group"].strip("`=")
        choices = re.findall(r"`([\w/]+)`", re.sub(r"\(.*?\)|;.*", "", row["choices"]))
        assert choices
        assert set(choices) <= files(group).keys()
