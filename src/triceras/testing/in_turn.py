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
    has the first one is by the name of its file: the same on all machines, another for other files,
    and one for all tests of a file, which may share what was trained for this case.
    A mark may name the backends that have something to show, `in_turn("jax", "torch")`: the others
    have none, unless they alone are tested.

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
    return [
        item
        for name, those in cases.items()
        for number, item in enumerate(those, start=zlib.crc32(name.partition("::")[0].encode()))
        if whose(item, number, sharing) != backend
    ]


def whose(item: pytest.Item, number: int, sharing: Sequence[str]) -> str:
    """The backend that runs a case, by its number among those of its test."""
    mark = item.get_closest_marker(MARK)
    named = [name for name in sharing if mark is not None and name in mark.args]
    backends = named or sharing
    return backends[number % len(backends)]


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
