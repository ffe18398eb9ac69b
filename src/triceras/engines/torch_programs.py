"""The program of a step: traced and fused, shared out to processes, or compiled where that pays."""

from collections.abc import MutableMapping
from typing import Any

import keras

from triceras.engines.torch_choice import (
    Choices,
    processor_seconds,
    share_of_convolutions,
    timed,
)
from triceras.engines.torch_fast import quick
from triceras.engines.torch_graph import Program, traced
from triceras.engines.torch_inductor import compiled
from triceras.engines.torch_recurrent import FEW_ROWS, has_few_rows, one_kernel
from triceras.engines.torch_teams import Alone, team
from triceras.engines.torch_threefry import one_operation
from triceras.torch_libraries import folder

# What a run keeps of how its steps are computed, so that it goes on with the same bits.
COMPILER, INDUCTOR, TRACED = "compiler", "inductor", "traced"


def evaluation_program(step: Any, example: Any, state: int) -> Program:
    """The program of an evaluation's step.

    Args:
        step: a function of tensors.
        example: its arguments.
        state: how many of the first tensors are the state, whose new values it returns first.
    """
    with one_operation(), one_kernel():
        program = traced(step, example)
    return program._replace(function=quick(program.function, keras.tree.flatten(example), state))


def train_program(
    step: Any, example: Any, state: int, planned_steps: int, remembered: MutableMapping[str, Any]
) -> Program:
    """The program of a training step.

    Args:
        step: a function of tensors.
        example: its arguments.
        state: how many of the first tensors are the state, whose new values it returns first.
        planned_steps: how many steps the run is to take.
        remembered: what the run keeps of how its steps are computed; it is noted there.
    """
    tensors, sharing = keras.tree.flatten(example), team()
    began = processor_seconds()
    with one_operation(), one_kernel():
        program = traced(step, example)
    tracing = processor_seconds() - began
    graph = program.function
    if not isinstance(sharing, Alone):
        return program._replace(function=sharing.share_out(graph, tensors, state))
    plain = quick(graph, tensors, state)
    # On a GPU is measured what it takes to start a step, not to compute it.
    settled = COMPILER in remembered or any(a.device.type != "cpu" for a in tensors)
    if not compiles(graph, plain, tensors, state, planned_steps, tracing, remembered):
        return program._replace(function=plain)
    program = for_inductor(program, step, example)
    began = processor_seconds()
    improved = compiled(program.function, tensors, state, folder("programs"))
    seconds = processor_seconds() - began
    if improved is not None:
        costs = [timed(one, tensors, state) for one in (improved.run, plain)]
        choices().note(graph, seconds, *costs, kept=improved.kept)
        if settled or choices().stays(graph, planned_steps, *costs):
            return program._replace(function=improved.run)
        remembered[COMPILER] = TRACED
    return program._replace(function=plain)


def compiles(
    graph: Any,
    plain: Any,
    tensors: list[Any],
    state: int,
    planned_steps: int,
    tracing: float,
    remembered: MutableMapping[str, Any],
) -> bool:
    """Whether inductor is to compile the steps of this run; what is chosen first is kept."""
    if COMPILER not in remembered:
        pays = choices().compiles(
            graph,
            planned_steps,
            lambda: timed(plain, tensors, state),
            lambda: share_of_convolutions(graph, tensors, state),
            tracing,
        )
        remembered[COMPILER] = INDUCTOR if pays else TRACED
    return remembered[COMPILER] == INDUCTOR


def for_inductor(program: Program, step: Any, example: Any) -> Program:
    """A traced step in the form that inductor makes the most of."""
    if not has_few_rows(program.function):
        return program
    with one_operation(), one_kernel(FEW_ROWS):
        return traced(step, example)


def choices() -> Choices:
    """What was chosen on this machine."""
    return Choices(folder("choices"))
