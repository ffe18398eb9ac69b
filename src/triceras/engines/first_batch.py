"""A first forward pass: lazy metrics are made, errors legible, and state out of place is seen."""

import contextlib
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import keras

from triceras import engines
from triceras.engines.draws import carrying_generators
from triceras.engines.elsewhere import note_elsewhere
from triceras.engines.errors import untouched_errors
from triceras.engines.objective import TELLS_SUM, Objective
from triceras.engines.once import check_once, flags, turned
from triceras.engines.own_steps import is_own
from triceras.engines.state import keep, restore, state_variables
from triceras.errors import UserError
from triceras.patching import patched
from triceras.shortened import shortened

log = logging.getLogger(__name__)

# How many variables a message names.
SHOWN = 3
IN_OBJECTIVES = (
    "update it in an objective's loss, or leave it out of what the model's `metrics` returns"
)


def try_forward(
    model: keras.Model,
    objectives: Sequence[Objective],
    look: Callable[[], Any],
    run: Callable[[], Any],
    compiled: bool = True,
) -> None:
    """Runs a forward pass, and leaves every variable as it was; names metrics that it leaves too.

    Generators of random numbers that it draws from are the model's own afterwards, and variables
    are noted that it reads and of which no layer knows.

    Args:
        model: compiled and built.
        objectives: of the model.
        look: runs it in whatever way is fast; what it raises is not told.
        run: runs it eagerly, for the words of Keras, where `look` failed.
        compiled: whether steps are to be compiled.

    Raises:
        UserError: variables are made, or such are changed as are none of the model's, or random
            numbers are drawn where a compiled step would not go on with them.
    """
    with carrying_generators(model, compiled):
        read = look_at_variables(model, objectives, look, run)
    note_elsewhere(model, objectives, read, compiled)


def look_at_variables(
    model: keras.Model,
    objectives: Sequence[Objective],
    look: Callable[[], Any],
    run: Callable[[], Any],
) -> list[keras.Variable]:
    """Does what `try_forward` does to variables, and returns those that were read."""
    scope = WatchingScope(state_variables(model, objectives))
    made: list[keras.Variable] = []
    looked, before = False, flags(model)
    with noting_variables(made), contextlib.suppress(Exception), untouched_errors(), scope:
        look()
        looked = True
    if not looked:
        # The weights too: a layer may assign its own.
        kept = keep(state_variables(model, objectives))
        with noting_variables(made):
            run()
        restore(kept)
    # Those too that a `metrics` of the model's own leaves out.
    of_metrics = [v for metric in every_metric(model) for v in metric.variables]
    known = {id(v) for v in [*state_variables(model, objectives), *of_metrics]}
    check_made([v for v in made if id(v) not in known])
    check_changed([v for v in scope.changed.values() if id(v) not in known | set(map(id, made))])
    if looked and (flipped := turned(model, before)):
        check_once(flipped, paths(changed_once(scope, look)))
    several = hasattr(model, "objectives")
    if looked and several and leaves_loss(model, scope.changed):
        setattr(model, TELLS_SUM, True)
    # What is made only now is not in a scope's books.
    if looked and not made and not is_own(model, "train_step"):
        told = model._loss_tracker if getattr(model, TELLS_SUM, False) else None
        metrics = [m for m in model.metrics if m.variables and m is not told]
        name_idle(metrics, scope.changed, several)
    return list(scope.read.values())


def every_metric(model: keras.Model) -> list[keras.metrics.Metric]:
    """The metrics that Keras finds in a model."""
    base: Any = keras.Model
    return base.metrics.fget(model)


def leaves_loss(model: Any, changed: Collection[int]) -> bool:
    """Whether a model of several objectives shows Keras's `loss`, and updates none of that name."""
    shown = [metric for metric in model.metrics if metric.name == "loss"]
    return shown == [model._loss_tracker] and not any(id(v) in changed for v in shown[0].variables)


def name_idle(
    metrics: Sequence[keras.metrics.Metric], changed: Collection[int], own: bool = False
) -> None:
    """Says which metrics a training step does not update, which show what they began with.

    Args:
        metrics: of the model.
        changed: the ids of the variables that a step changes.
        own: whether the model has objectives of its own.
    """
    idle = [m.name for m in metrics if not any(id(v) in changed for v in m.variables)]
    if idle:
        log.warning(
            f"no training step updates the metric {', '.join(idle)}, which shows what it began with"
            f": {IN_OBJECTIVES if own else 'update it in compute_loss or compute_metrics'}"
        )


class WatchingScope(keras.StatelessScope):
    """Notes which variables are read and changed within it, and changes none."""

    def __init__(self, variables: Sequence[keras.Variable]):
        values = [(v, v.value) for v in variables]
        super().__init__(state_mapping=values, collect_losses=True)
        self.changed: dict[int, keras.Variable] = {}
        self.read: dict[int, keras.Variable] = {}
        self.read_after_change: dict[int, keras.Variable] = {}

    def get_current_value(self, variable: keras.Variable) -> Any:
        self.read[id(variable)] = variable
        if id(variable) in self.changed:
            self.read_after_change[id(variable)] = variable
        return super().get_current_value(variable)

    def add_update(self, update: Any) -> None:
        self.changed[id(update[0])] = update[0]
        super().add_update(update)


def changed_once(first: WatchingScope, look: Callable[[], Any]) -> list[keras.Variable]:
    """The variables that a function changed when it was watched first, and does not again."""
    with WatchingScope(list(first.changed.values())) as again:
        try:
            with untouched_errors():
                look()
        except Exception:
            return []
    return [v for key, v in first.changed.items() if key not in again.changed]


def watched(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    variables: Sequence[keras.Variable],
    compiled: bool,
) -> WatchingScope:
    """What a function of tensors reads and changes of variables; none is changed.

    Args:
        function: of tensors.
        arguments: of it.
        variables: those of which it may change some.
        compiled: whether steps are to be compiled, so that it is first called as for those.
    """
    if compiled:
        with contextlib.suppress(Exception), untouched_errors(), WatchingScope(variables) as scope:
            engines.engine_class().look(function, *arguments)
            return scope
    with WatchingScope(variables) as scope:
        function(*arguments)
    return scope


def call(function: Callable[..., Any], *arguments: Any) -> None:
    """Calls a function."""
    function(*arguments)


@contextlib.contextmanager
def noting_variables(made: list[keras.Variable]) -> Iterator[None]:
    """Adds to a list each variable that is made."""
    initialize = keras.Variable.__init__

    def note(self: Any, *args: Any, **kwargs: Any) -> None:
        initialize(self, *args, **kwargs)
        made.append(self)

    with patched(keras.Variable, "__init__", note):
        yield


def check_made(variables: Sequence[keras.Variable]) -> None:
    """Checks that a forward pass made no variables.

    Raises:
        UserError: it did.
    """
    names = paths(variables)
    if names:
        raise UserError(
            f"the model makes {names} within call, anew in each: make layers, variables and "
            "metrics in __init__ or build, as attributes, and only use them in call"
        )


def check_changed(variables: Sequence[keras.Variable]) -> None:
    """Checks that a forward pass changed no variables that do not belong to the model.

    Raises:
        UserError: it did.
    """
    names = paths(variables)
    if names:
        raise UserError(
            f"the model changes {names} within call, of which none of its layers knows, so that "
            "no step would keep it: make it an attribute of the model or of a layer, in __init__ "
            "or build"
        )


def paths(variables: Sequence[keras.Variable]) -> str:
    """The names of variables, but for the counters of random generators."""
    return shortened([v.path for v in variables if "seed_generator" not in v.path], SHOWN)
