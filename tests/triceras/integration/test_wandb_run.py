"""What a whole run leaves in W&B's offline file, by W&B's own reader."""

import pytest

from triceras.testing.runs import read_json, rows, run
from triceras.testing.wandb_records import records_of

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory, backend):
    return run(
        tmp_path_factory.mktemp("outputs"),
        backend,
        "experiment=autoencoder",
        "logger=wandb",
        "figures=curves",
        "model.network.units=8",
        "epochs=3",
        "figures.every=2",
        "notes=for the test",
    )


@pytest.fixture(scope="module")
def records(outcome):
    assert len(list(outcome.folder.glob("wandb/offline-run-*/*.wandb"))) == 1
    return records_of(outcome.folder)


def test_config_is_there(outcome, records):
    (described,) = records["run"]
    config = described["config"]["update"]
    assert config["experiment"] == "autoencoder"
    assert config["backend"]["name"] == outcome.summary["backend"]
    assert config["model"]["network"]["units"] == 8
    assert described["notes"] == "for the test"
    assert described["run_id"] == read_json(outcome, "run.json")["wandb_id"]


def test_every_epoch_is_there(outcome, records):
    history = [record["item"] for record in records["history"]]
    logged = [row for row in history if "epoch" in row]
    written = rows(outcome.folder / "epochs.csv")
    assert len(logged) == len(written) == 3
    for row, line in zip(logged, written, strict=True):
        assert row["step"] == int(line["step"])
        names = set(line) - {"epoch", "step"}
        assert {"loss", "val_loss", "code", "val_code"} <= names
        for name in names:
            assert row[f"epoch/{name}"] == pytest.approx(float(line[name]), rel=1e-6)


def test_figures_are_there(outcome, records):
    (path,) = (outcome.folder / "figures").glob("*[!0-9].png")
    assert path.stem == "loss_curves"
    history = [record["item"] for record in records["history"]]
    drawn = [row for row in history if "figures/loss_curves._type" in row]
    # After the second epoch, and at the end.
    assert len(drawn) == 2
    sent = drawn[-1]["figures/loss_curves.path"]
    (copy,) = outcome.folder.glob(f"wandb/offline-run-*/files/{sent}")
    assert copy.read_bytes() == path.read_bytes()


def test_checkpoint_is_an_artifact(records):
    (artifact,) = records["artifact"]
    assert [file["path"] for file in artifact["manifest"]["contents"]] == ["last.keras"]
