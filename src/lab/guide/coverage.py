"""Which code block of the 2020 guide holds on which backend, by the results of its tests."""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from omegaconf import OmegaConf

from triceras.errors import UserError
from triceras.testing import markdown

BLOCKS = Path(__file__).with_name("blocks.yaml")
TEST = re.compile(r"test_block_(\d+)_")
PACKAGE = re.compile(r"^src/\w+/")


@dataclasses.dataclass(frozen=True)
class Block:
    """A code block of the guide, as `blocks.yaml` describes it.

    Args:
        number: its place in the guide, from 0.
        section: the section that it is in.
        shows: what it shows.
        answer: the file that answers it, relative to the root of the repository.
        fails_on_keras_3: why the guide's own code fails there; `None` where it does not.
    """

    number: int
    section: str
    shows: str
    answer: str
    fails_on_keras_3: str | None = None


@dataclasses.dataclass
class Count:
    """How many tests of a block ended how, on one backend."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def good(self) -> bool:
        """Whether all of them ran, at least one, and passed."""
        return self.passed > 0 and not self.failed and not self.skipped

    def __str__(self) -> str:
        tests = self.passed + self.failed + self.skipped
        if self.failed:
            return f"failed {self.failed}/{tests}"
        return f"passed {self.passed}/{tests}" if self.passed else "not run"


Results = Mapping[str, Mapping[int, Count]]


def read_blocks(path: Path = BLOCKS) -> list[Block]:
    """The blocks that a YAML file lists, in the order of the guide."""
    return [Block(number, **block) for number, block in enumerate(OmegaConf.load(path))]


def read_results(path: Path) -> dict[int, Count]:
    """Counts the results of the tests `test_block_<number>_...`.

    Args:
        path: a JUnit file of pytest.

    Returns:
        The count of each block; nothing where there is no such file, as pytest writes it last.

    Raises:
        UserError: the file is not XML.
    """
    counts: dict[int, Count] = {}
    if not path.exists():
        return counts
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise UserError(f"{path} is not a JUnit file: {error}") from error
    for case in root.iter("testcase"):
        if test := TEST.match(case.get("name", "")):
            count = counts.setdefault(int(test[1]), Count())
            ended = {child.tag for child in case}
            if ended & {"failure", "error"}:
                count.failed += 1
            elif "skipped" in ended:
                count.skipped += 1
            else:
                count.passed += 1
    return counts


def coverage(blocks: Sequence[Block], results: Results) -> str:
    """The table of blocks: a column of results for each backend.

    Args:
        blocks: all blocks.
        results: for each backend, the count of each block; see `read_results`.

    Returns:
        Markdown; what is not as it should be is bold.
    """
    header = ["block", "section", "shows", "answer", "the guide's own code on Keras 3", *results]
    return markdown.table(header, (row(block, results) for block in blocks))


def row(block: Block, results: Results) -> list[str]:
    """The cells of a block."""
    counts = [result.get(block.number, Count()) for result in results.values()]
    return [
        str(block.number),
        block.section,
        block.shows,
        f"[{PACKAGE.sub('', block.answer)}](../{block.answer})",
        f"fails: {block.fails_on_keras_3}" if block.fails_on_keras_3 else "",
        *(str(count) if count.good else f"**{count}**" for count in counts),
    ]


def problems(blocks: Sequence[Block], results: Results) -> Iterator[str]:
    """A line for each block and backend whose tests did not all pass."""
    for block in blocks:
        for backend, counts in results.items():
            count = counts.get(block.number, Count())
            if not count.good:
                yield f"block {block.number} on {backend}: {count}"
