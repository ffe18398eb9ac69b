import json

import numpy as np
import pytest

from triceras.checkpoints.packing import packed, unpacked

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": [1.5, None, (True, "x")]},
        {0: 5, 1: {"a": 2}, "b": 3},
        {(1, 2): "pair"},
        {},
        np.float32(2),
        [np.arange(3), {"x": np.zeros((2, 1), "int8")}],
    ],
)
def test_what_is_packed_comes_back(value):
    arrays = {}
    document = json.loads(json.dumps(packed(value, arrays, "some")))
    found = unpacked(document, arrays)
    np.testing.assert_equal(found, value)
    assert type(found) is type(value)
