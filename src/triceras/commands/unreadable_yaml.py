"""What is said of a configuration file that is no YAML: where, and the likely cause."""

import re
from pathlib import Path

from yaml import MarkedYAMLError

# What PyYAML says, the likely cause, and whether it is where what it was reading began.
CAUSES = (
    (r"'\\t' that cannot start", "a tab, and YAML takes spaces alone: indent with spaces", False),
    (
        r"mapping values are not allowed",
        "this line is indented otherwise than its group, the one before has no space after its "
        "colon, or a text with a colon has no quotes",
        False,
    ),
    (
        r"expected <block end>|but found '<block|expected <document start>",
        "this line is indented otherwise than its group: give all keys of a group the same "
        "indentation",
        False,
    ),
    (
        r"could not find expected ':'",
        "a key without its colon: write <key>: <value>, with a space after the colon",
        True,
    ),
    (r"expected ',' or '", "a bracket is not closed, or a comma is missing in it", True),
    (r"expected the node content", "a bracket too many, or nothing between two commas", True),
    (r"quoted scalar", "a quotation mark is not closed", True),
    (r"duplicate key", "a key is written twice in its group: leave one of them out", False),
    (r"cannot start any token", "a text that begins so needs quotes", False),
)


def unreadable_yaml(error: MarkedYAMLError) -> str:
    """One line about a file that cannot be read.

    Args:
        error: of PyYAML.
    """
    said = f"{error.context or ''} {error.problem or ''}"
    for pattern, cause, begins in CAUSES:
        if re.search(pattern, said):
            mark = (error.context_mark if begins else None) or error.problem_mark
            return f"{place(mark)} cannot be read as YAML: {cause}"
    mark = error.problem_mark or error.context_mark
    return f"{place(mark)} cannot be read as YAML: {' '.join(said.split())}: mend that line"


def place(mark: object) -> str:
    """`<file>:<line>:<column>`, as editors count."""
    name = getattr(mark, "name", None)
    if name is None:
        return "a configuration file"
    path = Path(name)
    # As it is seen from where the command was typed.
    path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{path}:{getattr(mark, 'line', 0) + 1}:{getattr(mark, 'column', 0) + 1}"
