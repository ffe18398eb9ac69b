"""Steps that XLA has no code for, computed by TensorFlow's graph without it."""

import logging
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from triceras.engines.errors import CannotCompileError, telling_tracing_errors

# What TensorFlow raises where XLA has no code for an operation, with a part of the message where
# the type says too little.
XLA_ERRORS = (
    (tf.errors.UnimplementedError, ""),
    (tf.errors.InvalidArgumentError, "unsupported operations"),
    (tf.errors.InvalidArgumentError, "compile-time constant"),
    (tf.errors.InvalidArgumentError, "XLA compilation requires"),
)

log = logging.getLogger(__name__)


def leaving_xla(engine: Any, in_xla: str, compute: Callable[[], Any]) -> Any:
    """What a program of an engine computes, by a graph without XLA where XLA lacks something.

    Args:
        engine: has programs.
        in_xla: the attribute of the engine that says whether this one is XLA's. The other one stays
            what it is, as it is for a run that is resumed.
        compute: runs a program of the engine, whichever it has then.

    Raises:
        CannotCompileError: it cannot be compiled without XLA either.
    """
    try:
        with telling_tracing_errors(XLA_ERRORS):
            return compute()
    except CannotCompileError as error:
        if getattr(engine, in_xla) is False:
            raise
        log.warning(
            "XLA lacks an operation of the step, which runs without it, slower: %s", error.reason
        )
        setattr(engine, in_xla, False)
        engine.forget_programs()
        return compute()
