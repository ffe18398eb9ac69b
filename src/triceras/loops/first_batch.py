"""What `fit` is tried with before its first step, and how it tells what it cannot compile."""

import contextlib
import types
from collections.abc import Iterator
from typing import Any

import keras
from keras.backend import is_float_dtype

from triceras import engines
from triceras.data.batch import Batch
from triceras.engines.arrays import tensors
from triceras.engines.assigned import check_assigned
from triceras.engines.errors import (
    CannotCompileError,
    telling_tracing_errors,
    untouched_errors,
)
from triceras.engines.first_batch import call, try_forward, watched
from triceras.engines.metric_results import check_metrics
from triceras.engines.objective import forward, objectives_of
from triceras.engines.own_steps import is_own
from triceras.engines.state import state_variables
from triceras.errors import UserError, place
from triceras.modelling.misfit import telling_misfits


def try_first_batch(model: keras.Model, batch: Batch) -> None:
    """Makes the metrics' variables, which a checkpoint holds; changes nothing else.

    Raises:
        UserError: the shapes do not fit, or metrics or variables are not what they have to be.
    """
    batch = tensors(batch)
    compiled = engines.fit_is_traced(model)

    def run(inputs: Any, targets: Any, sample_weight: Any) -> None:
        if is_own(model, "train_step") and not model.loss:
            # Its step may compute a loss of its own.
            model(inputs, training=True)
        else:
            forward(model, inputs, targets, True, told_by_loop=True, sample_weight=sample_weight)
        check_metrics(model, compiled)

    look = engines.engine_class().look if compiled else call
    with telling_misfits(batch, model):
        try_forward(
            model, objectives_of(model), lambda: look(run, *batch), lambda: run(*batch), compiled
        )
    model.reset_metrics()
    if keras.backend.backend() != "jax":
        return
    check_assigned(model, batch, compiled)
    if needs_one_scope(model, batch.inputs, compiled):
        method = types.MethodType(engines.compute_loss_and_updates, model)
        model.compute_loss_and_updates = method  # pyright: ignore


def needs_one_scope(model: keras.Model, inputs: Any, compiled: bool) -> bool:
    """Whether `call` does what Keras's step on JAX loses or differentiates.

    It loses what is counted in metrics, and differentiates what is assigned and then read again.
    """
    seen = watched(
        lambda inputs: model(inputs, training=True), (inputs,), state_variables(model), compiled
    )
    if any(id(v) in seen.changed for v in model.metrics_variables):
        return True
    again = any(is_float_dtype(v.dtype) for v in seen.read_after_change.values())
    return again and not is_own(model, "compute_loss_and_updates")


@contextlib.contextmanager
def telling_reads() -> Iterator[None]:
    """Explains what a framework raises where Python code reads the value of a traced tensor.

    Raises:
        UserError: it does.
    """
    try:
        # Keras would make JAX's anew from their messages, at which JAX fails.
        with telling_tracing_errors(engines.engine_class().tracing_errors), untouched_errors():
            yield
    except CannotCompileError as error:
        raise UserError(
            f"Python code depends on the value of a tensor{place(error)}, so that fit cannot "
            "compile the step: compute with keras.ops, or set compile=false"
        ) from error
