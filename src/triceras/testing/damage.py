"""What can happen to a file on a disk."""

import random
from collections.abc import Iterator

PLACES = 20


def damages(content: bytes, seed: int = 0) -> Iterator[bytes]:
    """A file's content cut at 20 places, from the first byte on, then with one of 20 bits flipped.

    Args:
        content: of at least 20 bytes.
        seed: of the bits.
    """
    for place in range(PLACES):
        yield content[: len(content) * place // PLACES]
    generator = random.Random(seed)
    for _ in range(PLACES):
        position = generator.randrange(8 * len(content))
        damaged = bytearray(content)
        damaged[position // 8] ^= 1 << position % 8
        yield bytes(damaged)
