"""Callbacks under which a compiled step follows what they do to the model."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from triceras.checkpoints.changed_constants import can_be_kept
from triceras.engines.changes import Changes, changes_of
from triceras.engines.constants import Constant, each_constant
from triceras.engines.elsewhere import elsewhere
from triceras.engines.objective import objectives_of
from triceras.errors import UserError
from triceras.loops.counters import Counters
from triceras.loops.hooks import any_does
from triceras.shortened import shortened

log = logging.getLogger(__name__)

# Where the callbacks are that change nothing but variables.
KNOWN = (
    "keras.",
    *(f"triceras.{room}." for room in ("checkpoints", "figures", "loops", "runs", "search")),
)

# What is said of a constant.
SLOW = (
    "a callback changed %s, which a compiled step holds as a constant: the step is compiled anew "
    "each time, for seconds; better is a variable of the layer, add_weight(shape=(), "
    "trainable=False), which a callback assigns to"
)
LOST = (
    "a callback changed %s, which no checkpoint keeps, as it is no number, text or array: "
    "evaluate.py, predict.py, export.py and resume= take what the configuration says"
)
# Of so many, each is named by itself.
SOME = 4


class FollowedCallbacks(keras.callbacks.CallbackList):
    """Keras's list of callbacks, which says when one of them changed what a program has compiled.

    Variables are no part of this: a step reads them. Numbers, `trainable` and whatever else Python
    keeps in attributes are constants of a compiled program, which would go on with the old ones.

    Args:
        callbacks: of the run.
        follow: called after a hook that changed something; the first argument says whether it is
            which variables are trained.
        compiled: whether steps are compiled at all.
        **options: of `keras.callbacks.CallbackList`.
    """

    def __init__(
        self,
        callbacks: list[keras.callbacks.Callback],
        follow: Callable[[bool], Any],
        compiled: bool,
        **options: Any,
    ):
        super().__init__(callbacks, **options)
        self.follow = follow
        self.compiled = compiled
        self.told: defaultdict[str, set[str]] = defaultdict(set)
        self.counters = Counters(compiled)

    @contextmanager
    def following(self, hook: str) -> Iterator[None]:
        """Follows what is changed within."""
        foreign = [c for c in self.callbacks if is_foreign(c)]
        # `on_train_batch_begin` calls `on_batch_begin` where it is not overridden.
        if not any_does(foreign, hook, hook.replace("train_batch", "batch")):
            yield
            return
        model: Any = self._model
        if hasattr(model, "jax_state_sync"):
            # Keras's `fit` would later write what it holds to what is then trainable.
            model.jax_state_sync()
        trained, compiled = trainable(model), compilation(model)
        switches = trainable_layers(model)
        changes = changes_of(model)
        changes.begin(model)
        yield
        if compilation(model) != compiled:
            raise UserError(
                f"a callback compiled the model anew in {hook}, which a run cannot follow: change "
                "the optimizer's variables, such as learning_rate, or `trainable` in its place"
            )
        names = set(changes.end(model))
        found = list(each_constant(model)) if names else []
        changed = [c for c in found if c.name in names]
        lost = {c.name for c in changed if not can_be_kept(c)}
        self.tell(LOST, [*lost, *outgrown(found, changes, names)])
        held = [c.name for c in changed if is_held(model, c)]
        if self.compiled:
            self.tell(SLOW, held)
        # What is there no longer is none of those.
        switched = trainable_layers(model) != switches
        if held or len(changed) < len(names) or switched or trainable(model) != trained:
            self.follow(trainable(model) != trained)

    def tell(self, message: str, names: Sequence[str]) -> None:
        """Says something, once of each name; of many, as of a whole network's, together."""
        new = sorted(set(names) - self.told[message])
        for name in new if len(new) <= SOME else [shortened(new, 1)]:
            log.warning(message, name)
        self.told[message].update(names)


def outgrown(found: Sequence[Constant], changes: Changes, names: Collection[str]) -> set[str]:
    """Those of some names whose attributes are there and have become too much for a constant.

    Args:
        found: the constants of a model.
        changes: of it.
        names: of what has changed.
    """
    now = {constant.name for constant in found}
    there = {id(thing) for constant in found for thing in (constant.owner, constant.value)}
    first = [changes.first.get(name) for name in set(names) - now]
    return {
        c.name
        for c in first
        if c is not None and id(c.owner) in there and c.attribute in vars(c.owner)
    }


def is_held(model: keras.Model, constant: Constant) -> bool:
    """Whether a compiled step has the value of a constant in it, and no way to look it up."""
    if isinstance(constant.value, keras.Variable) and keras.backend.backend() == "tensorflow":
        return False
    return constant.kind != "variable" or elsewhere(model).held


def followed(hook: str) -> Callable[..., None]:
    """A hook of a list of callbacks within `following`."""

    def call(self: FollowedCallbacks, *arguments: Any, **options: Any) -> None:
        model: Any = self._model
        if hook == "on_train_batch_end":
            self.counters.end(model)
        with self.following(hook):
            getattr(keras.callbacks.CallbackList, hook)(self, *arguments, **options)
        if hook == "on_train_batch_begin":
            self.counters.begin(model)

    return call


for place in ("train", "train_batch", "test", "test_batch", "epoch"):
    for end in ("begin", "end"):
        name = f"on_{place}_{end}"
        setattr(FollowedCallbacks, name, followed(name))


def is_foreign(callback: keras.callbacks.Callback) -> bool:
    """Whether a callback may change more of a model than its variables."""
    known = type(callback).__module__.startswith(KNOWN)
    return not known or isinstance(callback, keras.callbacks.LambdaCallback)


def trainable(model: keras.Model) -> list[list[int]]:
    """Which variables each objective trains."""
    return [[id(v) for v in objective.variables] for objective in objectives_of(model)]


def trainable_layers(model: Any) -> list[bool]:
    """Which layers are trainable, by which one without weights of its own may compute otherwise."""
    return [layer.trainable for layer in model._flatten_layers()]


def compilation(model: keras.Model) -> list[int]:
    """What is other after `model.compile`."""
    optimizers = [id(objective.optimizer) for objective in objectives_of(model)]
    return [*optimizers, *map(id, model.metrics)]
