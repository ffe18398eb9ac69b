"""A run as it is in its folder: its configuration, its data and its model."""

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras import backend
from triceras.checkpoints.data_form import (
    as_the_run_wants,
    not_divided,
    scaled_as,
    without_labels,
)
from triceras.checkpoints.moved import check_code
from triceras.checkpoints.other_data import check_numbers, check_scale
from triceras.checkpoints.resume import saved_config
from triceras.checkpoints.said_by_file import counted
from triceras.config import build
from triceras.data.announced import held_to_its_word
from triceras.data.dividing import TooFewRowsError, as_version, leaving_one_whole
from triceras.environment import typed_in
from triceras.errors import UserError
from triceras.runs import data_file, not_kept, record
from triceras.settings import plain

CHECKPOINTS = ("best", "last")


@dataclasses.dataclass
class Run:
    """A run that has been trained.

    Args:
        folder: its folder.
        config: its configuration.
        data: the data set that it is looked at with.
        model: built and compiled, with the weights and random counters of the checkpoint.
        step: steps that had been taken when these were saved.
        saved: the checkpoint.
    """

    folder: Path
    config: DictConfig
    data: Any
    model: Any
    step: int
    saved: Any = None


def load(
    folder: str | Path,
    checkpoint: str,
    backend_config: Any = None,
    data_config: Any = None,
    compare: bool = True,
    whole: bool = False,
) -> Run:
    """Loads a run from its folder.

    Args:
        folder: the run folder.
        checkpoint: `best`, or `last` for the end or what the run has got to.
        backend_config: a file of `conf/backend/`, or `None` for the run's own.
        data_config: a file of `conf/data/`, or `None` for the run's own.
        compare: whether the data have what the outputs are compared with.
        whole: whether all rows are looked at, so that other data may be too few to be divided as
            the run's own were.

    Raises:
        UserError: there is no such run or checkpoint, the data has changed, or the checkpoint is
            damaged or of another model.
    """
    folder = Path(folder)
    if checkpoint not in CHECKPOINTS:
        raise UserError(f"checkpoint={checkpoint} is unknown: use one of {', '.join(CHECKPOINTS)}")
    if not (folder / "config.yaml").is_file():
        raise UserError(
            f"run={folder} is no run folder: it has no config.yaml; the last line that a run "
            "prints names it"
        )
    config, kept = saved_config(folder), data_file.kept(folder) or {}
    not_kept.tell(folder)
    if backend_config is not None:
        OmegaConf.update(config, "backend", backend_config, merge=False)
    if data_config is not None:
        said = counted(folder, data_config, config.data)
        other = scaled_as(kept, as_the_run_wants(data_config, config.data, said))
        OmegaConf.update(config, "data", other, merge=False)
    for part in ("data", "model", "optimizer"):
        check_code(folder, plain(config[part]), record.read(folder))
    backend.use(config.backend.name, config.backend.environment)
    try:
        data = build_data(config, folder, compare)
    except UserError:
        undivided = not_divided(config.data) if whole and data_config is not None else None
        if undivided is None:
            raise
        config.data = undivided
        try:
            data = build_data(config, folder, compare)
        except TooFewRowsError:
            with leaving_one_whole():
                data = build_data(config, folder, compare)
            data = dataclasses.replace(data, train=data.test)
    before = record.read(folder).get("data_sha256")
    if data_config is None and data.sha256 != before:
        raise UserError(
            f"the data has changed since the run {folder} (SHA-256 {before}, now {data.sha256}): "
            "name it with data=, if this is meant"
        )
    if data_config is not None:
        check_numbers(data, kept, plain(config.model), compare)
        own_pictures = data.image_shape is not None
        data = data_file.as_declared(folder, data, typed_in("data"), compare)
        # They have to be of the run's classes and vocabulary, and not only of their own.
        where = f"the data {data.name}"
        data = held_to_its_word(data, where, compared=compare, pictures=own_pictures)
    return with_model(folder, config, data, checkpoint, compare)


def build_data(config: DictConfig, folder: Path, compare: bool) -> Any:
    """The data set of a configuration.

    Args:
        config: of a run; its data may be others.
        folder: the run folder, for what it keeps of its data.
        compare: `False` for data that may have no more than the model is given.

    Raises:
        UserError: it cannot be built.
    """
    kept = data_file.kept(folder)
    with as_version(data_file.division_of(folder)):
        try:
            data = build("data", config.data, kept=kept)
        except UserError:
            if compare:
                raise
            without = without_labels(config.data, config.model)
            if without == config.data:
                raise
            data = build("data", without, kept=kept)
    check_scale(data, kept or {}, config.data, typed_in("data"))
    return data


def with_model(folder: Path, config: DictConfig, data: Any, checkpoint: str, compare: bool) -> Run:
    """Builds the model, on the backend that was chosen, and gives it the checkpoint's weights."""
    from triceras.checkpoints import host_random, snapshot
    from triceras.checkpoints.named import read_named
    from triceras.loops.schedule import Schedule
    from triceras.modelling.build import build_model
    from triceras.modelling.layer_metrics import without_targets
    from triceras.modelling.set_up import set_up_keras
    from triceras.modelling.starting import without_weights

    found = read_named(folder, checkpoint)
    set_up_keras(config)
    # Others than it was trained with may be fewer than a batch; runs of before kept no such number.
    kept_steps = record.read(folder).get("schedule_steps")
    steps = kept_steps or Schedule.of(config, data.train).total_steps
    wanted = without_weights(config.model if compare else without_targets(config.model))
    model = build_model(wanted, config.optimizer, data, steps)
    saved = len(found.document["variables"][snapshot.MODEL])
    if len(snapshot.groups(model)[snapshot.MODEL]) < saved:
        build_for_loss(model, config, data_file.with_lacking_parts(folder, data))
    try:
        snapshot.give_model(model, found)
        find_elsewhere(model, config, data)
        host_random.give_keras(found.arrays, found.document["random"])
    except UserError as error:
        raise UserError(
            f"the model of {folder} does not fit the data {data.name}, whose examples have "
            f"{described(data.train)}: {error}"
        ) from error
    return Run(folder, config, data, model, found.position.step, found)


def build_for_loss(model: Any, config: DictConfig, data: Any) -> None:
    """Builds the layers that the loss alone calls, as the first batch of a training does.

    Args:
        model: compiled; its variables are given the checkpoint's afterwards.
        config: of the run.
        data: a data set with what the loss compares.
    """
    from triceras.engines.arrays import tensors
    from triceras.engines.objective import objectives_of
    from triceras.modelling.preparation import prepare_batches

    # What does not fit is told, in whatever words, where the model is given what was saved.
    with contextlib.suppress(Exception):
        batch = prepare_batches(config.model, data, config.get("augment"), training=False)
        rows = tensors(batch.for_testing(data.test.take(slice(1), batch.parts)))
        for objective in objectives_of(model):
            objective.loss(rows, True)
        model.reset_metrics()


def find_elsewhere(model: Any, config: DictConfig, data: Any) -> None:
    """Finds the variables that a model reads and no layer has, where the checkpoint has some.

    What only a loss reads is found when it is evaluated.
    """
    from triceras.engines.elsewhere import elsewhere, note_elsewhere
    from triceras.engines.first_batch import watched
    from triceras.engines.objective import objectives_of
    from triceras.engines.state import state_variables
    from triceras.modelling.preparation import prepare_inputs

    if not elsewhere(model).waiting:
        return
    batch = prepare_inputs(config.model, data, config.get("augment"))
    inputs = batch.for_testing(data.test.take(slice(1), batch.parts)).inputs
    variables, compiled = state_variables(model), config.compile
    # As in training, which reads more, and so in the same order. What does not fit is told where
    # it is used.
    with contextlib.suppress(ValueError, TypeError, RuntimeError, IndexError, KeyError):
        seen = watched(lambda x: model(x, training=True), (inputs,), variables, compiled)
        note_elsewhere(model, objectives_of(model), seen.read.values(), compiled)


def described(split: Any) -> str:
    """The shapes of one example of a split, in words."""
    return ", ".join(f"{name} of shape {split.shape(name)}" for name in split.parts)
