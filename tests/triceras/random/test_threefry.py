import warnings

import numpy as np
import pytest
from keras import ops

from triceras.random.threefry import rotate_left, threefry_2x32

# Random123's published answers for Threefry-2x32 with 20 rounds: key, counter, result.
KNOWN_ANSWERS = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]


def int32(words):
    return np.array(words, "uint32").view("int32")


KEYS, COUNTERS, ANSWERS = (int32(words) for words in zip(*KNOWN_ANSWERS, strict=True))


def encrypt(keys, counters, ops):
    result = threefry_2x32((keys[:, 0], keys[:, 1]), (counters[:, 0], counters[:, 1]), ops)
    return ops.stack(result, axis=-1)


def test_known_answers_on_the_host():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = encrypt(KEYS, COUNTERS, np)
    assert result.dtype == np.int32
    np.testing.assert_array_equal(result, ANSWERS)


def test_known_answers_on_tensors():
    result = encrypt(ops.convert_to_tensor(KEYS), ops.convert_to_tensor(COUNTERS), ops)
    assert "int32" in str(result.dtype)
    np.testing.assert_array_equal(ops.convert_to_numpy(result), ANSWERS)


def test_known_answers_compiled(compiled):
    both = np.concatenate([KEYS, COUNTERS], axis=1)
    result = compiled(lambda x: encrypt(x[:, :2], x[:, 2:], ops), both)
    np.testing.assert_array_equal(result, ANSWERS)


def test_the_namespace_follows_the_arguments():
    host = threefry_2x32((KEYS[:, 0], KEYS[:, 1]), (COUNTERS[:, 0], COUNTERS[:, 1]))
    assert all(isinstance(word, np.ndarray) for word in host)
    key, counter = ops.convert_to_tensor(KEYS), ops.convert_to_tensor(COUNTERS)
    tensors = threefry_2x32((key[:, 0], key[:, 1]), (counter[:, 0], counter[:, 1]))
    assert all(ops.is_tensor(word) for word in tensors)
    for a, b in zip(host, tensors, strict=True):
        np.testing.assert_array_equal(a, ops.convert_to_numpy(b))


def test_a_key_broadcasts_over_counters():
    key = KEYS[2, :1], KEYS[2, 1:]
    counters = np.arange(5, dtype="int32")
    together = threefry_2x32(key, (counters, 7), np)
    for i in range(5):
        alone = threefry_2x32(key, (counters[i : i + 1], 7), np)
        assert [word[i] for word in together] == [word[0] for word in alone]


@pytest.mark.parametrize("word", range(4))
def test_each_bit_of_the_input_changes_half_of_the_output(word):
    random = np.random.default_rng(word)
    words = list(random.integers(-(2**31), 2**31, (4, 1000)).astype("int32"))
    before = np.stack(threefry_2x32(tuple(words[:2]), tuple(words[2:]), np))
    for bit in range(32):
        flipped = words.copy()
        flipped[word] = words[word] ^ np.uint32(1 << bit).view("int32")
        after = np.stack(threefry_2x32(tuple(flipped[:2]), tuple(flipped[2:]), np))
        changed = np.bitwise_count((before ^ after).view("uint32")).sum(axis=0)
        # The mean of 1,000 draws of Binomial(64, 1/2), whose deviation is 4: 5 standard errors.
        assert abs(changed.mean() - 32) < 5 * 4 / np.sqrt(1000)


@pytest.mark.parametrize("distance", range(1, 32))
def test_rotate_left(distance):
    values = [0, 1, 0x80000000, 0xFFFFFFFF, 0x12345678, 0xDEADBEEF]
    expected = int32([(x << distance | x >> (32 - distance)) & 0xFFFFFFFF for x in values])
    np.testing.assert_array_equal(rotate_left(int32(values), distance, np), expected)
    tensor = rotate_left(ops.convert_to_tensor(int32(values)), distance, ops)
    np.testing.assert_array_equal(ops.convert_to_numpy(tensor), expected)
