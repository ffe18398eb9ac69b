"""Runs an experiment on one backend, for the first step in detail: the work of one process."""

import argparse
import copy
import dataclasses
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from omegaconf import DictConfig, OmegaConf, open_dict

from triceras import backend, settings
from triceras.commands.command import message
from triceras.config import build, compose
from triceras.data.dataset import Dataset
from triceras.parity.evidence import Evidence, Tensors
from triceras.parity.settings import check_compared, chosen_backends
from triceras.runs.faults import without_damaged_programs
from triceras.runs.identity import versions


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one process's share; its last line on stderr is `error: ...` where that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="path of the results, without an ending")
    parser.add_argument("--moved", action="store_true", help="move initial weights by one ulp")
    parser.add_argument("overrides", nargs="*")
    options = parser.parse_args(arguments)
    try:
        config = compose(options.overrides, "parity")
        backend.use(config.backend.name, config.backend.environment)
        data = build("data", config.data)
        settings.check_data(config, data)
        probe(config, data, options.overrides, options.moved).save(options.output)
    except Exception as error:
        traceback.print_exc()
        print(f"error: {message(without_damaged_programs(error))}", file=sys.stderr)
        return 1
    return 0


def probe(config: DictConfig, data: Dataset, overrides: Sequence[str], moved: bool) -> Evidence:
    """Collects the evidence of an experiment on the backend that was chosen.

    Args:
        config: see `conf/parity.yaml`.
        data: the data set.
        overrides: those of `config`, to which those of each loop are added.
        moved: start with weights that are moved by one ulp.

    Raises:
        UserError: the model turns out to leave nothing to compare.
    """
    from triceras import engines

    first_loop = config.loops[0]
    first = for_loop(overrides, first_loop, config.steps)
    of_one_step = copy.copy(first)
    of_one_step.max_steps = 1
    tensors, facts = first_step(of_one_step, data, moved)
    if not facts["fit"]:
        # Not known before there is a model, and said before the long part.
        check_compared(chosen_backends(config), config.loops, config.repeat, fit=False)
    losses = {first_loop: train(first, data, moved)[0]}
    for loop in config.loops[1:] if facts["fit"] else []:
        losses[loop] = train(for_loop(overrides, loop, config.steps), data, moved)[0]
    facts |= {
        "backend": config.backend.name,
        "device": engines.module().device(),
        "versions": versions(),
    }
    return Evidence(tensors, losses, facts)


def for_loop(overrides: Sequence[str], loop: str, steps: int) -> DictConfig:
    """The configuration of a run with a loop, of nothing but training steps."""
    config = compose([*overrides, f"loop={loop}"], "parity")
    with open_dict(config):
        config.update(epochs=None, max_steps=steps, callback={}, progress_bar=False)
        config.figures.draw = {}
    return config


def fresh_model(config: DictConfig, data: Dataset, moved: bool):
    """The model as a run would start with it."""
    import keras

    from triceras.engines.objective import objectives_of
    from triceras.loops.schedule import Schedule
    from triceras.modelling.build import build_model
    from triceras.modelling.set_up import set_up_keras
    from triceras.parity.ulp import move_by_one_ulp

    # Names are numbered anew, and so the same for each model. To look for garbage, too, takes long
    # where many models were compiled, as in a process of tests.
    keras.utils.clear_session(free_memory=False)
    set_up_keras(config)
    steps = Schedule.of(config, data.train).total_steps
    model = build_model(config.model, config.optimizer, data, steps)
    if moved:
        trained = [v for objective in objectives_of(model) for v in objective.variables]
        move_by_one_ulp(list({id(v): v for v in trained}.values()), config.seed)
    return model


def new_job(config: DictConfig, data: Dataset, model: Any, recorder: Any) -> Any:
    """What a loop needs for a run that leaves nothing behind."""
    from triceras.loops.job import make_job
    from triceras.loops.schedule import Schedule
    from triceras.runs import record
    from triceras.runs.context import Context

    # A job notes in `run.json` how many steps are planned, and needs its folder for nothing else.
    with tempfile.TemporaryDirectory() as folder:
        record.update(Path(folder), {})
        schedule = Schedule.of(config, data.train)
        job = make_job(config, data, model, schedule, Context(Path(folder), recorder=recorder))
    job.remembered = {}
    return job


def first_step(config: DictConfig, data: Dataset, moved: bool) -> tuple[dict[str, Tensors], dict]:
    """All that is computed in the first step, and facts about the model."""
    from triceras.loops.recorder import Recorder
    from triceras.parity.first_batch import FirstBatch

    model = fresh_model(config, data, moved)
    job = new_job(config, data, model, Recorder([]))
    chunk = job.schedule.chunk(0, 0, 1)
    rows = data.train.take_step(0, chunk.indices[0], job.batch.parts)
    batch = FirstBatch(model, job.batch, rows, chunk.keys[0])
    tensors = {"weights": batch.weights(), "batch": batch.tensors()}
    tensors["layers"], unseen, tensors["objective"] = batch.forward()
    tensors["gradients"] = batch.gradients()
    eager = copy.copy(config)
    eager.compile = False
    tensors["update"] = train(eager, data, moved)[1]
    return tensors, {
        "unseen_layers": unseen,
        "fit": not callable(getattr(model, "objectives", None)),
    }


def train(config: DictConfig, data: Dataset, moved: bool) -> tuple[Tensors, Tensors]:
    """Trains for `config.max_steps` steps.

    Returns:
        The loss of each step for each objective, and the weights after the last one.
    """
    from triceras.engines.objective import objectives_of
    from triceras.loops.recorder import Recorder
    from triceras.parity.first_batch import named
    from triceras.parity.layer_outputs import to_array

    model = fresh_model(config, data, moved)
    objectives = objectives_of(model)
    calls: list[Tensors] = []
    recorder = Recorder([lambda step, logs: calls.append(dict(logs))])
    # Validation takes time and changes nothing.
    trained_only = dataclasses.replace(data, validation=None)
    loop = build(
        "loop",
        OmegaConf.masked_copy(config.loop, [key for key in config.loop if key != "name"]),
        job=new_job(config, trained_only, model, recorder),
    )
    loop.train()
    names = [objective.name for objective in objectives]
    losses = {name: np.concatenate([logs[name] for logs in calls]) for name in names}
    variables = {id(v): v for objective in objectives for v in objective.variables}
    return losses, named((v.path, to_array(v.value)) for v in variables.values())


def leave(code: int) -> NoReturn:
    """Ends the process at once, with what it printed written.

    Python would first wait for a framework's threads. After a `fit` that ends within an epoch,
    TensorFlow may wait there for ever: its prefetching thread is in the midst of asking Python for
    the next batch.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main())
