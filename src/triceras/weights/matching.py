"""Which weight of a file is which of a model."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from triceras.weights.found import Found
from triceras.weights.named import Named

NUMBER = re.compile(r"_\d+(?=/|$)")
# By place of a weight in the model, the place of its value in the file.
Pairs = dict[int, int]


def pair(found: Found, weights: Sequence[Named]) -> Pairs:
    """Finds the weights of a model in a file.

    Where all are called the same, that decides. Where a file has weights of the same shapes in the
    same order, they are the same, unless one of them is called like another of the model: Keras
    numbers the layers of a process, so that one model may have other names elsewhere. Else each is
    looked for by its name, and where none is called so, by a name that ends alike, as that of a
    layer does which is within another one now, if only one does.

    Args:
        found: the file's.
        weights: the model's.
    """
    return all_by_name(found, weights) or by_order(found, weights) or each_by_name(found, weights)


def all_by_name(found: Found, weights: Sequence[Named]) -> Pairs | None:
    """The pairs, where file and model call all weights the same."""
    places = {name: i for i, name in enumerate(found.names)}
    if len(places) < len(found.names):
        return None
    for names in zip(*(weight.names for weight in weights), strict=True):
        if len(set(names)) == len(names) and set(names) == set(places):
            return {i: places[name] for i, name in enumerate(names)}
    return None


def by_order(found: Found, weights: Sequence[Named]) -> Pairs | None:
    """The pairs, where file and model have weights of the same shapes in the same order."""
    if not found.ordered or len(found.names) != len(weights) or moved(found, weights):
        return None
    for name, array, weight in zip(found.names, found.arrays, weights, strict=True):
        same = last(name) == last(weight.name) and array.shape == tuple(weight.variable.shape)
        if not same:
            return None
    return {i: i for i in range(len(weights))}


def moved(found: Found, weights: Sequence[Named]) -> bool:
    """Whether a layer of the file has another place in the model, by more than its number."""
    places = {name: i for i, weight in enumerate(weights) for name in weight.names[:2]}
    return any(
        places.get(name, i) != i
        and not_numbered(name) not in map(not_numbered, weights[i].names[:2])
        for i, name in enumerate(found.names)
    )


def not_numbered(name: str) -> str:
    """A name without the numbers that Keras gives to layers."""
    return NUMBER.sub("", name)


def each_by_name(found: Found, weights: Sequence[Named]) -> Pairs:
    """The pairs of names that are the same, and of others that end alike and are the only ones."""
    times = Counter(found.names)
    places = {name: i for i, name in enumerate(found.names) if times[name] == 1}
    pairs: Pairs = {}
    for kind in range(3):
        known = Counter(weight.names[kind] for weight in weights)
        for i, weight in enumerate(weights):
            name = weight.names[kind]
            if i not in pairs and known[name] == 1 and name in places:
                pairs[i] = places.pop(name)
    return pairs | alike(places, {i: w for i, w in enumerate(weights) if i not in pairs})


def alike(places: dict[str, int], weights: dict[int, Named]) -> Pairs:
    """The pairs of names of which one ends like the whole of the other, where none is in doubt."""
    wanted: dict[int, set[int]] = defaultdict(set)
    offered: dict[int, set[int]] = defaultdict(set)
    for name, place in places.items():
        for i, weight in weights.items():
            if any(ends(name, other) or ends(other, name) for other in weight.names):
                wanted[i].add(place)
                offered[place].add(i)
    only = {i: next(iter(some)) for i, some in wanted.items() if len(some) == 1}
    return {i: place for i, place in only.items() if len(offered[place]) == 1}


def ends(name: str, end: str) -> bool:
    """Whether the last parts of a name are another one, which has a layer's name in it."""
    return "/" in end and name.endswith(f"/{end}")


def last(name: str) -> str:
    """The last part of a name."""
    return name.rpartition("/")[2]
