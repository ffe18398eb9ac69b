"""Assignments of a step of `fit` on PyTorch that change nothing which was read before them."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import keras

from triceras.engines.assigned import NotingScope


class PostponingScope(NotingScope):
    """A scope that notes what is assigned, which `write` then gives the variables."""

    def write(self) -> None:
        """Assigns what was noted."""
        for key, variable in self.assigned.items():
            variable.assign(self.state_mapping[key])


@contextlib.contextmanager
def postponed_assignments(model: keras.Model) -> Iterator[PostponingScope]:
    """Lets variables have within what is assigned to them, and not before `write` outside.

    PyTorch assigns in place. What a model has read of a variable before it assigns to it, as of a
    queue of keys, would have the new numbers, of which no gradient can be taken; on the other
    backends, and in the custom loop, it has those that were read.

    Args:
        model: whose loss is computed within.
    """
    scope = PostponingScope(model.trainable_variables, collect_losses=True)
    with scope:
        yield scope


def postponing(step: Any) -> Any:
    """A method of `keras.Model` that takes no gradient, whose assignments come after it."""

    @functools.wraps(step)
    def postponed(self: Any, *arguments: Any, **options: Any) -> Any:
        with postponed_assignments(self) as scope:
            results = step(self, *arguments, **options)
        if scope.assigned:
            # They may be what a variable holds.
            results = keras.tree.map_structure(copied, results)
        scope.write()
        return results

    return postponed


def copied(result: Any) -> Any:
    """A copy of a result that is a tensor."""
    return keras.ops.copy(result) if keras.ops.is_tensor(result) else result
