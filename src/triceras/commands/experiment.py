"""What a run does once Keras runs on its backend: build, train, evaluate, draw, sum up."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras import devices, engines
from triceras.checkpoints.going_on import go_on, leaving_keras_files
from triceras.data.announced import held_to_its_word
from triceras.data.apart import tell_of_the_same
from triceras.data.dataset import Dataset
from triceras.data.not_finite import telling_bad_data, warn_of_no_numbers
from triceras.data.tree import leaves
from triceras.figures.callback import seconds_of_figures
from triceras.loops.job import make_job
from triceras.loops.loop import build_loop
from triceras.loops.recorder import NonFiniteLossError, Recorder
from triceras.loops.schedule import Schedule
from triceras.modelling.build import build_model, signature
from triceras.modelling.class_labels import BESIDE_IGNORED, class_labels
from triceras.modelling.evaluations import evaluations
from triceras.modelling.every_output import check_every_output
from triceras.modelling.given_labels import tell_of_given_labels
from triceras.modelling.ignored_labels import tell_of_ignored_labels
from triceras.modelling.losses_of_batches import tell_of_losses_of_batches
from triceras.modelling.lost_numbers import telling_lost_numbers
from triceras.modelling.metrics_of_batches import tell_of_metrics_of_batches
from triceras.modelling.missing_rows import telling_missing_rows
from triceras.modelling.output_shapes import check_output_shapes
from triceras.modelling.overridden_training import tell_of_overridden_training
from triceras.modelling.own_ranks import tell_of_own_ranks
from triceras.modelling.rounded_inputs import tell_of_rounded_inputs
from triceras.modelling.schedule_length import schedule_steps
from triceras.modelling.set_up import set_up_keras
from triceras.modelling.starting import without_weights
from triceras.modelling.table_rows import LOOKED_AT, TO_TRAIN, TRAINED, hold_to_tables
from triceras.modelling.target_ranges import check_targets
from triceras.modelling.weight_shapes import check_weight_shapes
from triceras.modelling.weights_of_examples import TRAINING, check_weights_of_examples
from triceras.runs import record, trained_rows
from triceras.runs.context import Context
from triceras.runs.folder import write_json
from triceras.runs.layers import ShowLayers
from triceras.runs.monitor import monitored
from triceras.runs.stop import Stop
from triceras.runs.stopwatch import Stopwatch
from triceras.runs.summary import last_numbers, print_summary, summarize, with_costs_of
from triceras.tracking.tracked import tracked
from triceras.weights.start import identity


def run_experiment(
    config: DictConfig, data: Dataset, folder: Path, stopwatch: Stopwatch, stop: Stop
) -> dict[str, Any]:
    """Trains and evaluates a model, and fills the run folder.

    Args:
        config: see `conf/run.yaml` of this package.
        data: the data set.
        folder: the run folder.
        stopwatch: running since the start of the run.
        stop: says whether someone has asked the run to stop.

    Returns:
        A dictionary of the fields of `triceras.commands.train.Outcome`, without `folder`.
    """
    devices.divide(config)
    set_up_keras(config)
    record.update(folder, {"device": engines.module().device()})
    resumed = go_on(folder, config.callback)
    with devices.spread(config) as count, tracked(config, folder) as trackers:
        record.update(folder, {"devices": count})
        stopwatch.lap("startup")
        recorder = Recorder(
            [tracker.log_steps for tracker in trackers], resumed.position.step if resumed else 0
        )
        schedule = Schedule.of(config, data.train)
        steps = schedule_steps(config, folder, schedule.total_steps, recorder.step)
        begins_with = without_weights(config.model) if resumed else config.model
        model = build_model(begins_with, config.optimizer, data, steps)
        context = Context(folder, trackers, recorder, stop, resumed)
        job = make_job(config, data, model, schedule, context)
        # What a run looks at before its first step; one of before may not have.
        looked_at = record.read(folder).keys() if resumed else (LOOKED_AT, BESIDE_IGNORED)
        wanted = class_labels(model, job.batch, data, BESIDE_IGNORED not in looked_at)
        held_to_its_word(data, f"the data {data.name}", wanted)
        check_targets(model, job.batch, data)
        check_output_shapes(model, job.batch, data)
        check_weight_shapes(model, job.batch, data)
        named = {TRAINING: data.train, "validation": data.validation, "test": data.test}
        each = {name: [one] for name, one in named.items()}
        cure = TRAINED if resumed else TO_TRAIN
        hold_to_tables(model, job.batch, data, each, cure, looked_at)
        check_weights_of_examples(job.batch, named)
        if not resumed:
            check_every_output(model, job.batch, data)
            tell_of_the_same(data)
            tell_of_given_labels(config.model, data)
            tell_of_own_ranks(model, job.batch, data)
            tell_of_ignored_labels(model, job.batch, data)
            tell_of_losses_of_batches(model, job.batch, data)
            tell_of_metrics_of_batches(model, job.batch, data)
            tell_of_rounded_inputs(model, job.batch, data)
            tell_of_overridden_training(model)
            begun = {"weights": identity(config.model.get("weights"))}
            record.update(folder, begun | dict.fromkeys(looked_at, True))
            trained_rows.keep(folder, data, list(leaves(job.batch.inputs)))
            inputs = signature(job.batch.inputs, data)
            shown = ShowLayers(folder, inputs, config, trackers, job.layer_shapes)
            job.callbacks = [shown, *job.callbacks]
        with leaving_keras_files(job.checkpoints):
            loop = build_loop(config.loop, job)
            stopwatch.lap("build")
            bad = telling_bad_data(data.train, job.batch.parts, NonFiniteLossError)
            missing = telling_missing_rows(model, job.batch, data.train, NonFiniteLossError)
            lost = telling_lost_numbers(model, job.batch, data.train, NonFiniteLossError)
            with stop.while_training(), lost, bad, missing:
                history = loop.train()
            stopwatch.lap("train")
            metrics = last_numbers(history.history)
            if data.validation and not loop.validated.holds():
                # A callback has restored the best weights, or an optimizer gives its averages: what
                # is reported, and ranked by, is to be of the model that is tested.
                again = loop.evaluate(data.validation)
                metrics |= {f"val_{name}": value for name, value in again.items()}
            tested = {f"test_{k}": v for k, v in loop.evaluate(data.test).items()}
            if data.validation:
                validated = {k: v for k, v in metrics.items() if k.startswith("val_")}
                warn_of_no_numbers(validated, data.validation, job.batch.parts, "validation")
            warn_of_no_numbers(tested, data.test, job.batch.parts, "test")
            metrics |= tested

            def summary_of(metrics: dict[str, float]) -> dict[str, Any]:
                summary = summarize(config, model, recorder, metrics, stopwatch)
                return summary if recorder.calls else with_costs_of(folder, summary)

            summary = summary_of(metrics)
            # Before code of the user's own, which must not cost what the run reached.
            write_json(folder / "summary.json", summary)
            found = evaluations(config.model, model, data, folder, metrics, job.batch.inputs)
            if found:
                metrics |= found
                summary = summary_of(metrics)
                write_json(folder / "summary.json", summary)
    print_summary(summary, folder, seconds_of_figures(job.callbacks))
    monitor = monitored(metrics, config.monitor)
    return {
        "summary": summary,
        "objects": {"model": model, "data": data, "history": history},
        "objective": metrics[monitor] if monitor else None,
    }
