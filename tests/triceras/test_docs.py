import re
from pathlib import Path

import pytest

from triceras import project
from triceras.config import PACKAGE
from triceras.testing.markdown import broken_links, missing_scripts, read_table

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
OWN = ROOT / "docs" / "triceras"
PAGES = sorted(OWN.glob("*.md"))


def section(page: str, heading: str) -> str:
    return (OWN / page).read_text().split(f"# {heading}\n")[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
class TestPage:
    def test_links_and_commands_lead_somewhere(self, page):
        assert broken_links(page) == []
        assert missing_scripts(page, ROOT) == []

    def test_does_not_name_the_lab(self, page):
        lab = project.lab()
        assert not re.search(rf"\b(src|tests)/{lab}\b|\b{lab}\.\w", page.read_text())
        assert not re.search(r"\b(experiment|model)=\w", page.read_text())


def test_groups_and_their_choices_are_those_of_the_package():
    rows = read_table(section("command_line.md", "The command line"))
    listed = {
        row["group"].strip("`=") + "/" + choice
        for row in rows
        for choice in re.findall(r"`(\w+)`(?= |$|,|\()", re.sub(r"\(.*?\)", "", row["choices"]))
    }
    assert listed == {
        str(path.relative_to(PACKAGE).with_suffix("")) for path in PACKAGE.glob("*/*.yaml")
    }


def test_the_map_has_every_folder_of_the_package():
    map = section("engine_room.md", "The engine room").split("```")[1]
    listed = set(re.findall(r"^  ([a-z_]+)/ ", map, re.MULTILINE))
    package = PACKAGE.parent
    folders = {path.name for path in package.iterdir() if any(path.glob("*.py"))} | {PACKAGE.name}
    assert folders <= listed
