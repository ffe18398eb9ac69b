import numpy as np
import pytest
from keras import ops

from triceras.random.bits import random_bits
from triceras.random.keys import fold_in, key_of, split, words_of

KEY = np.array([1, 2], "int32")


@pytest.mark.parametrize(
    ("seed", "key"),
    [
        (0, [0, 0]),
        (7, [7, 0]),
        (2**31, [-(2**31), 0]),
        (2**32 - 1, [-1, 0]),
        (2**32 + 5, [5, 1]),
        (2**64 + 3, [3, 0]),
        (-1, [-1, -1]),
    ],
)
def test_key_of(seed, key):
    assert key_of(seed).dtype == np.int32
    assert key_of(seed).tolist() == key


@pytest.mark.parametrize(
    ("number", "key"), [(3, [-1312875518, 322870843]), (-1, [-1697453626, -1527699359])]
)
def test_fold_in_gives_the_same_key_everywhere(number, key):
    assert fold_in(KEY, number).tolist() == key
    assert fold_in(KEY, number + 2**32).tolist() == key
    assert fold_in(KEY, np.int64(number)).tolist() == key
    for tensor in (
        fold_in(ops.convert_to_tensor(KEY), number),
        fold_in(KEY, ops.convert_to_tensor(number, "int32")),
        fold_in(ops.convert_to_tensor(KEY), ops.convert_to_tensor([number], "int32")),
    ):
        assert ops.is_tensor(tensor)
        assert "int32" in str(tensor.dtype)
        assert ops.convert_to_numpy(tensor).tolist() == key


def test_fold_in_compiled(compiled):
    result = compiled(lambda x: fold_in(x[:2], x[2]), np.array([1, 2, 3], "int32"))
    assert result.tolist() == [-1312875518, 322870843]


def test_split_gives_the_same_keys_everywhere():
    keys = [[-166453775, -1949045696], [-457135583, -352307439], [-1829676019, -407932633]]
    assert split(KEY, 3).tolist() == keys
    assert split(KEY, 3).dtype == np.int32
    assert ops.convert_to_numpy(split(ops.convert_to_tensor(KEY), 3)).tolist() == keys
    assert split(KEY, 2).tolist() == keys[:2]
    assert split(KEY, 0).shape == (0, 2)


@pytest.mark.slow
def test_derived_keys_never_meet():
    """Not each other, not what the key itself draws, not those of the next key."""
    blocks = []
    for key in (KEY, key_of(1), key_of(2), np.array([2, 1], "int32")):
        drawn = random_bits(key, (2, 1000)).T
        folded = np.stack([fold_in(key, i) for i in range(1000)])
        blocks += [drawn, folded, split(key, 1000)]
    assert len(np.unique(np.concatenate(blocks), axis=0)) == 12_000


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32"])
def test_a_key_is_its_bits_whatever_integers_hold_it(dtype, backend):
    # A tensor of the type in which the backend's `SeedGenerator` keeps its state.
    key = np.array([1_000_000_000, 2**31 - 1]).astype(dtype)
    expected = key_of(1_000_000_000 + (2**31 - 1 << 32))
    for ops_, value in ((np, key), (ops, ops.convert_to_tensor(key))):
        words = ops_.concatenate(words_of(value, ops_))
        assert ops.convert_to_numpy(words).tolist() == expected.tolist()
