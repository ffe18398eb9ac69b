import hashlib

import numpy as np
import pytest

from triceras.data.source import array_sha256

pytestmark = pytest.mark.once


def test_array_sha256():
    a, b = np.arange(6, dtype="uint8").reshape(2, 3), np.array([7], "uint8")
    assert array_sha256(a, b) == hashlib.sha256(bytes([0, 1, 2, 3, 4, 5, 7])).hexdigest()
    assert array_sha256(a, b) != array_sha256(b, a)


def test_the_order_in_memory_does_not_matter():
    a = np.arange(6, dtype="uint8").reshape(2, 3)
    assert array_sha256(np.asfortranarray(a)) == array_sha256(a)
