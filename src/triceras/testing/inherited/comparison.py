"""Compares what the tests of each backend have left, as scripts/test.py does when all are done."""

import pytest

from triceras.testing.inherited import evidence

ROOT = evidence.folder()
FOUND = evidence.collected(ROOT) if ROOT else {}


@pytest.mark.parametrize("subject", FOUND)
def test_backends_agree(subject):
    """No two backends are further apart than is allowed."""
    lines = evidence.apart(FOUND[subject])
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
