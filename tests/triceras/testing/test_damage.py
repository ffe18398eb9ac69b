import pytest

from triceras.testing.damage import PLACES, damages

pytestmark = pytest.mark.once


def test_cuts_then_flips():
    content = bytes(range(200))
    found = list(damages(content))
    assert [len(each) for each in found[:PLACES]] == list(range(0, 200, 10))
    assert len(found) == 2 * PLACES
    for each in found[PLACES:]:
        changed = int.from_bytes(each) ^ int.from_bytes(content)
        assert changed.bit_count() == 1
    assert content not in found
