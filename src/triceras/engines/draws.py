"""Random numbers that a model draws in `call`, and whether a compiled step can go on with them."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import keras

from triceras.engines.host_draws import CURE, refusing_host_draws
from triceras.engines.model_parts import parts
from triceras.errors import UserError
from triceras.patching import patched
from triceras.random.unseeded import making_unseeded, undone_by_errors

# What Keras calls the state of a generator.
STATE = "seed_generator_state"
# What it says of a draw from its global one while JAX traces.
OF_JAX = "[JAX RNG]"
ONLY_EVALUATED = (
    "the model draws random numbers without a seed, or from a generator of which none of its "
    f"layers knows, where it is evaluated and not where it is trained: {CURE}"
)
Generators = list[keras.random.SeedGenerator]


@contextlib.contextmanager
def noting_draws() -> Iterator[Generators]:
    """Gives a list to which each generator is added that is drawn from."""
    drawn: Generators = []
    advance = keras.random.SeedGenerator.next

    def note(self: Any, *args: Any, **kwargs: Any) -> Any:
        drawn.append(self)
        return advance(self, *args, **kwargs)

    with patched(keras.random.SeedGenerator, "next", note):
        yield drawn


@contextlib.contextmanager
def carrying_generators(model: Any, compiled: bool) -> Iterator[None]:
    """Makes the generators that a model draws from within its own, as a step keeps no others.

    These are Keras's global one, from which it draws where no seed is given, and those of which no
    layer knows, as they are in a list of objects or in a module.

    Args:
        model: built.
        compiled: whether steps are to be compiled.

    Raises:
        UserError: it draws from Python's or NumPy's generators, and steps are to be compiled.
    """
    things = [thing for kind, _, thing in parts(model) if kind != "optimizer"]
    refusing = refusing_host_draws("the model", things, compiled)
    with making_unseeded() as used, noting_draws() as drawn, refusing:
        yield
        used.extend(drawn)
    for generator in strangers(model, drawn):
        generator.carried = True  # pyright: ignore[reportAttributeAccessIssue]
        model._seed_generators.append(generator)


def found_generators(model: Any) -> list[keras.Variable]:
    """The states of the generators that `carrying_generators` made a model's own."""
    return [g.state for g in model._seed_generators if getattr(g, "carried", False)]


@contextlib.contextmanager
def refusing_strangers(model: keras.Model) -> Iterator[None]:
    """Refuses draws within from generators that are not the model's own.

    Raises:
        UserError: there was one.
    """
    with undone_by_errors(lambda generator: not strangers(model, [generator])):
        try:
            with noting_draws() as drawn:
                yield
        except ValueError as error:
            if OF_JAX not in str(error):
                raise
            raise UserError(ONLY_EVALUATED) from error
        if drawn and strangers(model, drawn):
            raise UserError(ONLY_EVALUATED)


def strangers(model: keras.Model, drawn: Iterable[Any]) -> Generators:
    """Those of some generators that are not a model's own, each once."""
    own = {id(v) for v in model.variables}
    return list({id(g): g for g in drawn if id(g.state) not in own}.values())
