"""Programs for pointwise.c, out of nodes of one shape."""

import dataclasses
import itertools
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import torch
from torch.fx import Node

from triceras.engines.torch_recipes import BLOCK, DIMENSIONS, NUMBER_OF, TRUTH, Local, Number, Step

# As in pointwise.c.
SCRATCH, NUMBER, SINGLE, REPEATED, TENSOR, TRUTHS, TRUTH_RESULT = range(7)


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a tensor's elements are.

    Args:
        root: the node in whose memory.
        offset: of the first element.
        shape: how many elements there are in each dimension.
        strides: how far apart they are.
        dtype: of the elements.
    """

    root: Node
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype


@dataclasses.dataclass
class Loop:
    """Nodes of one shape, in an order in which they can be computed.

    Args:
        shape: of all of them.
        recipes: how each is computed.
        stored: in which tensor's memory some of them are to be put in the end.
    """

    shape: tuple[int, ...]
    recipes: dict[Node, list[Step]]
    stored: dict[Node, Node] = dataclasses.field(default_factory=dict)


class Encoder:
    """The program for pointwise.c that computes one loop.

    Args:
        loop: what to compute.
        locate: where an operand, which is not of the loop, has its elements.
    """

    def __init__(self, loop: Loop, locate: Callable[[Node], Place]):
        self.loop, self.locate = loop, locate
        self.registers: list[tuple[int, Any, tuple[int, ...], int]] = []
        self.instructions: list[list[int]] = []
        self.found: dict[Any, int] = {}

        self.encode()

    def encode(self) -> None:
        """Finds registers and instructions."""
        recipes, stored = self.loop.recipes, self.loop.stored
        last_use = self.last_uses()
        free: list[int] = []
        for position, (node, recipe) in enumerate(recipes.items()):
            given: list[int] = []
            for k, step in enumerate(recipe):
                operands = [
                    given[a.step] if isinstance(a, Local) else self.operand(a)
                    for a in step.operands
                ]
                target = None
                if k == len(recipe) - 1 and self.at_once(node, position):
                    target = self.result(stored[node], TENSOR)
                elif free:
                    target = free.pop()
                given.append(self.register(SCRATCH, 0) if target is None else target)
                self.emit(step.operation, given[-1], operands)
            self.found[node] = given.pop()
            free += given
            free += [
                self.found[other]
                for other, end in last_use.items()
                if end == position and self.registers[self.found[other]][0] == SCRATCH
            ]
        for node, root in stored.items():
            if self.registers[self.found[node]][0] == SCRATCH:
                truth = node.meta["val"].dtype is TRUTH
                target = self.result(root, TRUTH_RESULT if truth else TENSOR)
                self.emit("store_truth" if truth else "copy", target, [self.found[node]])

    def at_once(self, node: Node, position: int) -> bool:
        """Whether a value can be written where it is stored as soon as it is computed.

        Not where a later node takes what was there before.
        """
        root = self.loop.stored.get(node)
        if root is None or node.meta["val"].dtype is TRUTH:
            return False
        later = list(self.loop.recipes.values())[position + 1 :]
        return not any(root in step.operands for recipe in later for step in recipe)

    def result(self, root: Node, kind: int) -> int:
        """A register for what is written to a tensor."""
        return self.register(kind, root, contiguous_strides(self.loop.shape))

    def last_uses(self) -> dict[Node, int]:
        """The position of the last node that takes each node of the loop."""
        last = {}
        for number, (node, recipe) in enumerate(self.loop.recipes.items()):
            # What is stored in the end is needed until then.
            last[node] = len(self.loop.recipes) if node in self.loop.stored else number
            for operand in itertools.chain.from_iterable(step.operands for step in recipe):
                if operand in self.loop.recipes:
                    last[operand] = max(last[operand], number)
        return last

    def emit(self, operation: str, target: int, operands: Sequence[int]) -> None:
        three = [*operands, *[operands[0]] * (3 - len(operands))]
        self.instructions.append([NUMBER_OF[operation], target, *three])

    def operand(self, operand: Any) -> int:
        """The register of an operand that is not local to a recipe."""
        if operand not in self.found:
            if isinstance(operand, Number):
                self.found[operand] = self.register(NUMBER, operand.bits)
            else:
                place = self.locate(operand)
                strides = broadcast(place, self.loop.shape)
                single = place.dtype is not TRUTH and not any(strides) and not place.offset
                kind = TRUTHS if place.dtype is TRUTH else SINGLE if single else TENSOR
                self.found[operand] = self.register(kind, place.root, strides, place.offset)
        return self.found[operand]

    def register(
        self, kind: int, where: Any, strides: tuple[int, ...] = (), offset: int = 0
    ) -> int:
        strides = strides or (0,) * len(self.loop.shape)
        self.registers.append((kind, where, strides, offset))
        return len(self.registers) - 1

    def roots(self) -> list[Node]:
        """The tensors that it reads and writes."""
        return [where for _, where, _, _ in self.registers if isinstance(where, Node)]

    def numbers(self, tensors: Mapping[Node, int]) -> list[int]:
        """The program, with as few dimensions as will do.

        Args:
            tensors: the position of each among those that are handed over.
        """
        repeated = self.repeated()
        shape, strides = self.merged_without(repeated)
        numbers = [len(self.registers), len(self.instructions), *shape]
        for i, ((kind, where, _, offset), own) in enumerate(
            zip(self.registers, strides, strict=True)
        ):
            if i in repeated:
                kind, own = REPEATED, [*own[:-1], repeated[i]]
            numbers += [kind, tensors.get(where, where), offset, *own]
        for instruction in self.instructions:
            numbers += instruction
        return numbers

    def repeated(self) -> dict[int, int]:
        """Registers of a few elements that come again and again, as those of channels; how many.

        None where the others do not lie together along more than these.
        """
        places = [place for place, length in enumerate(self.loop.shape) if length > 1]
        length = self.loop.shape[places[-1]] if places else 1
        once = tuple(int(place == places[-1]) for place in range(len(self.loop.shape)) if places)
        found = {
            i: length
            for i, (kind, _, strides, _) in enumerate(self.registers)
            if kind == TENSOR and strides == once
        }
        longer = length <= BLOCK // 2 and self.merged_without(found)[0][-1] > length
        return found if longer else {}

    def merged_without(self, others: Container[int]) -> tuple[list[int], list[list[int]]]:
        """The shape and the strides with as few dimensions as will do, some registers left out."""
        none = (0,) * len(self.loop.shape)
        strides = [none if i in others else own for i, (_, _, own, _) in enumerate(self.registers)]
        return merged(self.loop.shape, strides)


def broadcast(place: Place, shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a tensor as if it had another shape, along which it is repeated."""
    own = [0 if n == 1 else s for n, s in zip(place.shape, place.strides, strict=True)]
    return (0,) * (len(shape) - len(own)) + tuple(own)


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a tensor without gaps."""
    strides, size = [], 1
    for length in reversed(shape):
        strides.append(size)
        size *= length
    return tuple(reversed(strides))


def merged(
    shape: Sequence[int], strides: Sequence[Sequence[int]]
) -> tuple[list[int], list[list[int]]]:
    """A shape of `DIMENSIONS` dimensions with the same elements, and the strides that fit it."""
    kept: list[int] = []
    own: list[list[int]] = [[] for _ in strides]
    for dimension, length in enumerate(shape):
        if length == 1:
            continue
        steps = [one[dimension] for one in strides]
        if kept and all(o[-1] == s * length for o, s in zip(own, steps, strict=True)):
            kept[-1] *= length
            for o, s in zip(own, steps, strict=True):
                o[-1] = s
        else:
            kept.append(length)
            for o, s in zip(own, steps, strict=True):
                o.append(s)
    if not kept:
        # A single element: of a tensor it is the first one.
        kept, own = [1], [[1] for _ in strides]
    more = DIMENSIONS - len(kept)
    return [1] * more + kept, [[0] * more + o for o in own]
