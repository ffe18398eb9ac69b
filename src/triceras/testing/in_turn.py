"""Tests that the backends take in turn where several are tested on one machine."""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

MARK = "in_turn"


def cases_in_turn(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests marked `in_turn`; what is tested once has no turns to take."""
    return [
        item
        for item in items
        if item.get_closest_marker(MARK) and not item.get_closest_marker("once")
    ]


def left_to_others(
    items: Sequence[pytest.Item], backend: str, sharing: Sequence[str]
) -> list[pytest.Item]:
    """The tests marked `in_turn` that other backends run.

    Of a test with several cases each backend has as many as any other, or one less. Which of them
    has the first one is by the test's name: the same on all machines, and another for other tests.

    Args:
        items: the tests of this process, in the same order for each of the backends.
        backend: the one that this process tests.
        sharing: all that share; none, or others alone, share nothing.

    Returns:
        Those that are to be left out.
    """
    if backend not in sharing:
        return []
    cases = defaultdict(list)
    for item in cases_in_turn(items):
        cases[item.nodeid.partition("[")[0]].append(item)
    mine = sharing.index(backend)
    return [
        item
        for name, those in cases.items()
        for number, item in enumerate(those, start=zlib.crc32(name.encode()))
        if number % len(sharing) != mine
    ]


def note(items: Sequence[pytest.Item], backend: str, folder: Path) -> None:
    """Writes down the tests that a backend shares, for `not_shared`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / backend).open("a", encoding="utf-8") as file:
        file.writelines(f"{item.nodeid}\n" for item in cases_in_turn(items))


def not_shared(folder: Path) -> dict[str, list[str]]:
    """The tests marked `in_turn` that not all backends have: nobody may have run them.

    Returns:
        By test, the backends that have it.
    """
    found: dict[str, list[str]] = defaultdict(list)
    backends = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in backends:
        for case in set(path.read_text(encoding="utf-8").splitlines()):
            found[case].append(path.name)
    return {case: has for case, has in sorted(found.items()) if len(has) < len(backends)}
