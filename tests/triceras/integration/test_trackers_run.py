"""What a whole run, and what goes on with it, leave in TensorBoard's files and at MLflow."""

import sys
import types

import numpy as np
import pytest

from triceras.testing.runs import read_json, rows, run

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def outcome(outputs, backend):
    words = ("logger=[tensorboard,mlflow]", "logger.log_every=3", "figures=curves")
    first = run(outputs, backend, "experiment=autoencoder", *words, "max_steps=25")
    return run(outputs, backend, f"resume={first.folder}", *words, "max_steps=40", "sweep_id=some")


@pytest.fixture(scope="module")
def losses(outcome):
    """The losses of the steps that are kept, as the run's own file has them."""
    kept = [row for row in rows(outcome.folder / "steps.csv") if int(row["step"]) % 3 == 0]
    assert len(kept) == 14
    return [(int(row["step"]), np.float32(row["loss"])) for row in kept]


@pytest.fixture(scope="module")
def epochs(outcome):
    return [
        (int(row["epoch"]), pytest.approx(float(row["val_loss"])))
        for row in rows(outcome.folder / "epochs.csv")
    ]


def test_tensorboard_has_it_all_once(outcome, losses, epochs, monkeypatch):
    # The reader takes TensorFlow, where that is installed, unless there is a module of this name.
    without = "tensorboard.compat.notf"
    monkeypatch.setitem(sys.modules, without, types.ModuleType(without))
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = outcome.folder / "tensorboard"
    found = EventAccumulator(str(folder), {"scalars": 0, "images": 0, "tensors": 0}).Reload()
    assert [(event.step, event.value) for event in found.Scalars("step/loss")] == losses
    assert [(event.step, event.value) for event in found.Scalars("epoch/val_loss")] == epochs
    assert found.Images("figures/loss_curves")[-1].step == 40
    (model,) = found.Tensors("model/text_summary")
    first_line = (outcome.folder / "model.txt").read_text().splitlines()[0]
    assert first_line in model.tensor_proto.string_val[0].decode()


def test_mlflow_has_it_all_once(outcome, outputs, losses, epochs):
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{outputs}/mlflow.db")
    run_id = read_json(outcome, "run.json")["mlflow_id"]

    def numbers(name):
        history = sorted(client.get_metric_history(run_id, name), key=lambda one: one.timestamp)
        return [(metric.step, metric.value) for metric in history]

    assert numbers("step/loss") == losses
    # The third epoch was cut short at first, and MLflow forgets nothing; the newest number counts.
    assert len(numbers("epoch/val_loss")) == len(epochs) + 1
    assert list(dict(numbers("epoch/val_loss")).items()) == epochs
    found = client.get_run(run_id)
    assert found.info.status == "FINISHED"
    assert found.data.params["model.network.units"] == "16"
    assert found.data.tags["resumed.max_steps"] == "40"
    assert found.data.tags["sweep"] == "some"
    assert {file.path for file in client.list_artifacts(run_id)} >= {"model.txt", "figures"}
