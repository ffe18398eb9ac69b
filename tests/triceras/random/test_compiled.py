"""Threefry compiled from C."""

import logging

import numpy as np
import pytest

from triceras import c_library
from triceras.random import compiled
from triceras.random.bits import random_bits
from triceras.random.threefry import threefry_2x32

pytestmark = pytest.mark.once


def test_its_words_are_those_of_the_definition(tmp_path):
    found = compiled.library(tmp_path)
    words = np.arange(20, dtype="int32").reshape(4, 5) ** 7 - 2
    pairs = compiled.run(found.threefry, words, (2, 5))
    np.testing.assert_array_equal(pairs, threefry_2x32(words[:2], words[2:], np))
    for size in (1, 6, 101):
        drawn = compiled.run(found.random_bits, words[1, :2].copy(), (size,))
        np.testing.assert_array_equal(drawn, random_bits(words[1, :2], (size,)))


@pytest.mark.parametrize("compiler", ["no-such-compiler", "false"])
def test_no_compiler_or_a_bad_one(tmp_path, monkeypatch, compiler):
    monkeypatch.setenv("CC", compiler)
    assert compiled.library(tmp_path) is None
    assert compiled.library(None) is None


def test_a_damaged_file_is_not_used(tmp_path):
    c_library.compiled(compiled.THREEFRY, tmp_path).write_bytes(b"no library")
    assert compiled.library(tmp_path) is None


def test_wrong_numbers_are_not_used(tmp_path, monkeypatch, caplog):
    source = tmp_path / "threefry.c"
    source.write_text(compiled.THREEFRY.read_text().replace("ROUND(13)", "ROUND(12)"))
    monkeypatch.setattr(compiled, "THREEFRY", source)
    with caplog.at_level(logging.WARNING):
        assert compiled.library(tmp_path / "cache") is None
    assert "wrong random numbers" in caplog.text
