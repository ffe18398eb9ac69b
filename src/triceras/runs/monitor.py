"""The one metric by which a run is judged."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from triceras.errors import UserError
from triceras.nearest import nearest

# What callbacks of Keras add to the logs.
ADDED = {"learning_rate", "lr"}
# The hooks that are given logs, and so can add to them.
ADDING = ("on_epoch_end", "on_test_end", "on_train_batch_end", "on_batch_end", "on_test_batch_end")


def monitored(metrics: Mapping[str, float], name: str) -> str | None:
    """Finds the metric that `monitor=` means.

    Args:
        metrics: of an epoch or a summary.
        name: for example `val_loss`; without validation data, the same name without `val_` counts.

    Returns:
        The name of a metric that is there, or `None`.
    """
    candidates = (name, name.removeprefix("val_"))
    return next((name for name in candidates if metrics.get(name) is not None), None)


def unchanged(name: str, values: Sequence[float]) -> str:
    """What is to be told of a monitored metric that is the same after each epoch."""
    return (
        f"monitor={name} was {abs(values[0]):g} after each of {len(values)} epochs: the best is "
        "the first of them; set monitor= to what changes"
    )


def monitor_check(
    monitor: str | None,
    callbacks: Mapping[str, Any],
    validation: bool,
    hidden: Collection[str] = (),
    mode: str | None = None,
    insists: Collection[str] = (),
    evaluations: Collection[str] = (),
) -> Callable[[Any], None]:
    """What checks, once a model has its metrics, that those are there which a run watches.

    Args:
        monitor: the setting, or `None` where nothing looks at it.
        callbacks: those of the configuration, by name.
        validation: whether there are validation data.
        hidden: names of metrics that the logs do not have.
        mode: `"min"` or `"max"`, or `None` where somebody has chosen it for this run.
        insists: names of callbacks for which somebody has chosen it.
        evaluations: names of what is computed once, after training.
    """

    def check(model: Any) -> None:
        try:
            check_monitors(monitor, callbacks, validation, hidden, model)
        except UserError as error:
            if not evaluations:
                raise
            told = ", ".join(f"model.evaluations.{name}" for name in evaluations)
            raise UserError(f"{error}; what {told} gives comes after training") from error
        if monitor is not None and mode is not None:
            check_mode("monitor", monitor, "monitor_mode", mode, model)
        for name, callback in callbacks.items():
            watched, own = getattr(callback, "monitor", None), getattr(callback, "mode", None)
            # Of what the run is judged by, how has been said above.
            if own in ("min", "max") and watched != monitor and name not in insists:
                key = f"callback.{name}"
                check_mode(f"{key}.monitor", watched, f"{key}.mode", own, model)

    return check


def metric_names(model: Any) -> list[str]:
    """The names of a model's results, of which the values are not looked at."""
    # Here, as Keras must not be imported before its backend is chosen.
    from triceras.engines import engine_class

    found: list[str] = []
    try:
        engine_class().look(lambda: found.extend(model.get_metrics_result()))
    except Exception:
        # It may ask for a value, which the fastest way of looking has not.
        found = list(model.get_metrics_result())
    return found


def check_monitors(
    monitor: str | None,
    callbacks: Mapping[str, Any],
    validation: bool,
    hidden: Collection[str],
    model: Any,
) -> None:
    """Checks that what a run watches is among the metrics of its model.

    What a callback of the user's own adds to the logs is not known before the first epoch has
    ended, so with one that could the check is left to whoever watches.

    Raises:
        UserError: it is not.
    """
    if any(may_add(callback) for callback in callbacks.values()):
        return
    try:
        names = {*metric_names(model)} - {*hidden}
    except Exception:
        # A metric that has seen nothing may have no result yet.
        return
    if validation:
        names |= {f"val_{name}" for name in names}
    if monitor is not None and monitored(dict.fromkeys(names | ADDED, 0.0), monitor) is None:
        raise UserError(unknown_metric("monitor", monitor, names, validation))
    for name, callback in callbacks.items():
        whose = type(callback).__module__.partition(".")[0]
        if not hasattr(callback, "monitor") or whose not in ("keras", "triceras"):
            continue
        watched = callback.monitor
        # Keras's own know no other name for it, and would only warn, epoch by epoch.
        other = {f"val_{metric}" for metric in names} if whose == "triceras" else set()
        known = names | ADDED | other
        if not isinstance(watched, str) or watched not in known:
            key = f"callback.{name}.monitor"
            raise UserError(unknown_metric(key, watched, names, validation))


def check_mode(key: str, monitor: Any, mode_key: str, mode: str, model: Any) -> None:
    """Checks that the best is not the worst, where Keras knows which that is.

    Args:
        key: the setting that names the metric.
        monitor: its value.
        mode_key: the setting that says what is better.
        mode: its value, `"min"` or `"max"`.
        model: compiled.

    Raises:
        UserError: it is.
    """
    known, name = directions(model), str(monitor).removeprefix("val_")
    # That of one class is called after its number.
    better = known.get(name, known.get(re.sub(r"_\d+$", "", name)))
    if better not in (None, mode):
        raise UserError(
            f"{key}={monitor} with {mode_key}={mode} would take the worst for the best: add "
            f"{mode_key}={better}; {mode_key}={mode}, typed, insists"
        )


def directions(model: Any) -> dict[str, str | None]:
    """Whether more (`"max"`) or less (`"min"`) is better, by metric, where Keras knows."""
    words: dict[Any, str] = {"up": "max", "down": "min"}
    known: dict[str, str | None] = {"loss": "min"}
    for metric in list(model.metrics):
        plain = getattr(metric, "_flat_metrics", None) or []
        weighted = getattr(metric, "_flat_weighted_metrics", None) or []
        # Of several outputs, those of each are called after it.
        for part in [*plain, *weighted] or [metric]:
            output = getattr(part, "output_name", None)
            # Keras has `None` for an output without any.
            for one in filter(None, getattr(part, "metrics", None) or [part]):
                direction = words.get(getattr(one, "_direction", None))
                # A weighted one is called so beside another of its name.
                for called in (one.name, f"weighted_{one.name}"):
                    known.setdefault(f"{output}_{called}" if output else called, direction)
    return known


def may_add(callback: Any) -> bool:
    """Whether a callback has a hook of the user's own that is given logs."""
    hooks = (getattr(callback, name, None) for name in ADDING)
    modules = {str(hook.__module__).partition(".")[0] for hook in hooks if hook is not None}
    return not modules <= {"keras", "triceras"}


def unknown_metric(key: str, name: Any, names: Iterable[str], validation: bool = True) -> str:
    """The message about a metric that is watched and not there.

    Args:
        key: the setting that names it.
        name: it.
        names: of those that are there.
        validation: whether there are validation data.
    """
    near = nearest(str(name) if validation else str(name).removeprefix("val_"), names)
    without = "" if validation else ", for which there are no validation data"
    return (
        f"{key}={name} is not among the metrics of this model{without}: "
        f"{f'did you mean {near[0]}? ' if near else ''}use one of {', '.join(sorted(names))}"
    )
