import numpy as np
import pytest

from triceras.engines.chunk import Chunk, batches


def test_a_padded_chunk_has_a_fixed_length():
    chunk = Chunk(np.ones((2, 3), "int32"), np.ones((2, 2), "int32"))
    padded = chunk.padded(5)
    assert (padded.indices.shape, padded.keys.shape) == ((5, 3), (5, 2))
    assert np.array_equal(padded.indices[:2], chunk.indices)
    assert len(chunk) == 2


@pytest.mark.parametrize(
    ("size", "batch_size", "expected"),
    [
        (10, 4, [([0, 4], 4), ([8], 2)]),
        (8, 4, [([0, 4], 4)]),
        (3, 4, [([0], 3)]),
        (0, 4, []),
    ],
)
def test_batches_cover_the_data(size, batch_size, expected):
    found = [(starts.tolist(), size) for starts, size in batches(size, batch_size)]
    assert found == expected
