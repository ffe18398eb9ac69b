"""Compares what the tests of each backend have left, as scripts/test.py does when all are done."""

import pytest

from triceras.testing.in_turn import MARK, not_shared
from triceras.testing.inherited import evidence

ROOT = evidence.folder()
FOUND = evidence.collected(ROOT) if ROOT else {}


@pytest.mark.parametrize("subject", FOUND)
def test_backends_agree(subject):
    """No two backends are further apart than is allowed."""
    lines = evidence.apart(FOUND[subject])
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def test_each_test_had_its_turn():
    """What is shared is known to every backend that shares it, so one of them has run it."""
    lost = not_shared(ROOT / MARK) if ROOT else {}
    lines = [f"{case} is marked {MARK}, but only on {', '.join(has)}" for case, has in lost.items()]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
