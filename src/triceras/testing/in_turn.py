"""Tests that the backends take in turn where several are tested on one machine."""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

MARK = "in_turn"
# How many turns it has for one of the others: there, a case takes a third of what it takes on JAX.
TURNS = {"torch": 3}
# What is run on each backend in the fast half as well, in which all else is taken in turn.
ON_EACH = "on_each"


def cases_in_turn(items: Sequence[pytest.Item], fast: bool = False) -> list[pytest.Item]:
    """The tests that backends take in turn: those marked `in_turn`, none that is tested once.

    Args:
        items: tests.
        fast: whether they are of the fast half, in which all take turns but those marked `on_each`
            and those that backends pass over.
    """
    return [
        item
        for item in items
        if not item.get_closest_marker("once")
        and (
            item.get_closest_marker(MARK)
            or (fast and not item.get_closest_marker(ON_EACH) and not passed_over(item))
        )
    ]


def passed_over(item: pytest.Item) -> bool:
    """Whether there is a condition under which a test is not run."""
    return item.get_closest_marker("skipif") is not None


def left_to_others(
    items: Sequence[pytest.Item], backend: str, sharing: Sequence[str], fast: bool = False
) -> list[pytest.Item]:
    """The tests that are taken in turn, and that other backends run.

    Of a test with several cases each backend has by its `TURNS`, and of those for which a mark
    names the same backends as many as any other, or one less. Which of them has the first one is by
    the name of its file: the same on all machines, another for other files, and one for all tests
    of a file, which may share what was trained for this case.
    A mark may name the backends that have something to show, `in_turn("jax", "torch")`: the others
    have none, unless they alone are tested.

    Args:
        items: the tests of this process, in the same order for each of the backends.
        backend: the one that this process tests.
        sharing: all that share; none, or others alone, share nothing.
        fast: as for `cases_in_turn`; a backend on which a test is slow has none of its cases.

    Returns:
        Those that are to be left out.
    """
    if backend not in sharing:
        return []
    cases = defaultdict(list)
    for item in cases_in_turn(items, fast):
        cases[item.nodeid.partition("[")[0], named_by(item)].append(item)
    return [
        item
        for (name, _), those in cases.items()
        for number, item in enumerate(those, start=zlib.crc32(name.partition("::")[0].encode()))
        if whose(item, number, sharing, fast) != backend
    ]


def whose(item: pytest.Item, number: int, sharing: Sequence[str], fast: bool) -> str:
    """The backend that runs a case, by its number among those of its test."""
    named = named_by(item)
    slow = {name for mark in item.iter_markers("slow_on") for name in mark.args if fast}
    # The three processes of the fast half begin and are to end together.
    all_turns = sharing if fast else turns(sharing)
    backends = [name for name in sharing if name in named] or all_turns
    backends = [name for name in backends if name not in slow] or backends
    return backends[number % len(backends)]


def turns(backends: Sequence[str]) -> list[str]:
    """Each backend as often as it has a turn, all once before any has its next one."""
    rounds = range(max(TURNS.get(name, 1) for name in backends))
    return [name for turn in rounds for name in backends if TURNS.get(name, 1) > turn]


def named_by(item: pytest.Item) -> frozenset[str]:
    """The backends that the marks of a case name."""
    return frozenset(name for mark in item.iter_markers(MARK) for name in mark.args)


def note(items: Sequence[pytest.Item], backend: str, folder: Path, fast: bool = False) -> None:
    """Writes down the tests that a backend shares, for `not_shared`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / backend).open("a", encoding="utf-8") as file:
        file.writelines(f"{item.nodeid}\n" for item in cases_in_turn(items, fast))


def not_shared(folder: Path) -> dict[str, list[str]]:
    """The tests taken in turn that not all backends have: nobody may have run them.

    Returns:
        By test, the backends that have it.
    """
    found: dict[str, list[str]] = defaultdict(list)
    backends = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in backends:
        for case in set(path.read_text(encoding="utf-8").splitlines()):
            found[case].append(path.name)
    return {case: has for case, has in sorted(found.items()) if len(has) < len(backends)}
