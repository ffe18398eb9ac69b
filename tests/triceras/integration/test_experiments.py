"""Every small experiment in every loop that can train it."""

import math
import re

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.config import PACKAGE
from triceras.engines.objective import objectives_of
from triceras.errors import UserError
from triceras.testing import small
from triceras.testing.runs import column, read_json, rows, run

WITH_ALL_LOOPS = ("autoencoder",)
# That of all loops is compared with the run that other tests read too.
STEPS = {"autoencoder": 20}
FEW = 4
SLOWLY = pytest.mark.slow_on("jax", "tensorflow")
# Have nothing that the others have not.
ON_ONE_BACKEND = ("classifier", "linear")
EXPERIMENTS = sorted(path.stem for path in (small.CONF / "experiment").glob("*.yaml"))
LOOPS = sorted(path.stem for path in (PACKAGE / "loop").glob("*.yaml"))


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            name,
            marks=[
                SLOWLY if name in WITH_ALL_LOOPS else pytest.mark.slow,
                *([pytest.mark.once] if name in ON_ONE_BACKEND else []),
            ],
        )
        for name in EXPERIMENTS
    ],
)
def outcomes(request, tmp_path_factory, backend, short):
    """One experiment in each loop that can train it.

    The step that replaces Keras's in `fit` is the same for all, so one tries it.
    """
    folder = tmp_path_factory.mktemp("outputs")
    length = f"max_steps={STEPS.get(request.param, FEW)}"

    def outcome(loop):
        return run(folder, backend, f"experiment={request.param}", f"loop={loop}", length)

    custom = short if request.param in WITH_ALL_LOOPS else outcome("custom")
    if hasattr(custom.objects["model"], "objectives"):
        with pytest.raises(UserError, match="several objectives, which fit cannot train"):
            outcome("fit")
        return {"custom": custom}
    others = [loop for loop in LOOPS if loop != "custom"]
    if request.param not in WITH_ALL_LOOPS:
        others.remove("fit_custom_step")
    return {"custom": custom, **{loop: outcome(loop) for loop in others}}


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn
def test_all_loops_give_the_same_curve(outcomes):
    custom = column(outcomes["custom"])
    assert len(custom) >= FEW
    assert all(map(math.isfinite, custom))
    for loop in outcomes:
        np.testing.assert_allclose(column(outcomes[loop]), custom, rtol=1e-5, err_msg=loop)


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn
def test_all_loops_report_the_same_metrics(outcomes):
    custom = outcomes["custom"].summary["metrics"]
    losses = {objective.name for objective in objectives_of(outcomes["custom"].objects["model"])}
    assert losses | {f"test_{name}" for name in losses} <= set(custom)
    for loop in outcomes:
        metrics = outcomes[loop].summary["metrics"]
        assert set(metrics) == set(custom)
        for name, value in custom.items():
            assert metrics[name] == pytest.approx(value, rel=1e-3, abs=1e-6), (loop, name)


@pytest.mark.slow
def test_all_loops_show_the_shapes_that_layers_have(outcomes):
    def shapes(outcome):
        lines = (outcome.folder / "model.txt").read_text().splitlines()[1:-1]
        return [re.findall(r"\(.*?\)", line) for line in lines]

    custom = outcomes["custom"]
    size = OmegaConf.load(custom.folder / "config.yaml").batch_size
    assert shapes(custom)
    assert all(shape[0].startswith(f"({size}") for shape in shapes(custom))
    for outcome in outcomes.values():
        assert shapes(outcome) == shapes(custom)


@pytest.mark.slow
def test_run_folder_keeps_the_contract(outcomes):
    steps = len(column(outcomes["custom"]))
    for loop, outcome in outcomes.items():
        folder = outcome.folder
        record = read_json(outcome, "run.json")
        assert folder.parent.name == f"{record['backend']}-{loop}-seed{record['seed']}"
        assert record["status"] == "finished"
        assert record["id"] == folder.name
        assert record["device"]
        assert read_json(outcome, "summary.json") == outcome.summary
        assert outcome.summary["steps"] == steps
        assert outcome.summary["parameters"] == outcome.objects["model"].count_params()
        assert set(outcome.summary["seconds"]) == {"startup", "build", "compile", "train", "total"}
        assert [row["step"] for row in rows(folder / "steps.csv")] == [str(i) for i in range(steps)]
        epochs = rows(folder / "epochs.csv")
        assert list(epochs[0])[:2] == ["epoch", "step"]
        assert epochs[-1]["step"] == str(steps)
        assert (folder / "checkpoints" / "last.keras").is_file()
        assert (folder / "checkpoints" / "best.keras").is_file()
        assert "epoch 1/" in (folder / "train.log").read_text()
        assert (folder / "config.yaml").read_text().count("${") == 0
