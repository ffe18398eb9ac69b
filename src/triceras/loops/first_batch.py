"""What `fit` is tried with before its first step, and how it tells what it cannot compile."""

import contextlib
import types
from collections.abc import Iterator
from typing import Any

import keras

from triceras import engines
from triceras.data.batch import Batch
from triceras.engines.arrays import tensors
from triceras.engines.assigned import check_assigned
from triceras.engines.errors import (
    CannotCompileError,
    telling_tracing_errors,
    untouched_errors,
)
from triceras.engines.first_batch import call, changed_by, try_forward
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
    # PyTorch's `fit` is not traced.
    compiled = not model.run_eagerly and keras.backend.backend() != "torch"

    def run(inputs: Any, targets: Any, sample_weight: Any) -> None:
        if is_own(model, "train_step") and not model.loss:
            # Its step may compute a loss of its own.
            model(inputs, training=True)
        else:
            forward(model, inputs, targets, True, told_by_loop=True, sample_weight=sample_weight)
        check_metrics(model, compiled)

    look = engines.engine_class().look if compiled else call
    with telling_misfits(batch):
        try_forward(
            model, objectives_of(model), lambda: look(run, *batch), lambda: run(*batch), compiled
        )
    model.reset_metrics()
    if keras.backend.backend() != "jax":
        return
    check_assigned(model, batch, compiled)
    if updates_metrics(model, batch.inputs, compiled):
        # Keras on JAX loses what a forward pass counts in metrics.
        method = types.MethodType(engines.compute_loss_and_updates, model)
        model.compute_loss_and_updates = method  # pyright: ignore


def updates_metrics(model: keras.Model, inputs: Any, compiled: bool) -> bool:
    """Whether `call` updates metrics of the model."""
    changed = changed_by(
        lambda inputs: model(inputs, training=True), (inputs,), state_variables(model), compiled
    )
    return any(id(v) in changed for v in model.metrics_variables)


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
