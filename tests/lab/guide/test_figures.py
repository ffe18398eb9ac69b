import json

import pytest

from lab.guide.figures import (
    Figure,
    Figures,
    figures_table,
    problems,
    read_figures,
    read_runs,
)
from triceras.errors import UserError
from triceras.testing.markdown import read_table

pytestmark = pytest.mark.once

MEAN = Figure("guide/vae", "mean loss", "loss", 2, guide=(1.61, 1.69))
STEP = Figure("guide/vae", "loss of step 1", "loss", 1, step=1, guide=(0.3, 0.4))
FREE = Figure("guide/mlp", "accuracy", "accuracy", 2)
FIGURES = Figures(("custom", "fit"), (MEAN, STEP, FREE))


@pytest.fixture
def sweep(tmp_path):
    """A function that adds a job, with its run, to the sweep whose folder it returns."""
    jobs = tmp_path / "sweeps" / "one"

    def add(experiment, backend, loop, metrics, step_1=0.35, status="finished"):
        number = len(list(jobs.glob("*")))
        run = tmp_path / f"run{number}"
        for folder in (jobs / str(number), run):
            folder.mkdir(parents=True)
        identity = {"experiment": experiment, "backend": backend, "loop": loop}
        (run / "run.json").write_text(json.dumps(identity))
        (run / "summary.json").write_text(json.dumps({"metrics": metrics}))
        (run / "steps.csv").write_text(f"step,loss\n0,0.9\n1,{step_1}\n")
        job = {"job": number, "status": status, "run_folder": str(run)}
        (jobs / str(number) / "job.json").write_text(json.dumps(job))
        return jobs

    return add


@pytest.mark.parametrize(
    ("value", "within", "shown"),
    [
        (1.61, True, "1.610"),
        (1.6499, True, "1.650"),
        (1.6051, True, "1.605"),
        (1.6041, False, "**1.604**"),
        (1.6949, True, "1.695"),
        (1.6959, False, "**1.696**"),
    ],
)
def test_within(value, within, shown):
    assert MEAN.within(value) is within
    assert MEAN.show(value) == shown


def test_without_a_figure_of_the_guide():
    assert FREE.guide_text == "not trained"
    assert FREE.show(0.8408) == "0.841"


def test_value(sweep):
    sweep("guide/vae", "jax", "fit", {"loss": 1.65}, step_1=0.325)
    ((_, folder),) = read_runs([sweep("guide/mlp", "jax", "fit", {}, status="failed")]).items()
    assert MEAN.value(folder) == 1.65
    assert STEP.value(folder) == 0.325
    with pytest.raises(UserError, match="has no accuracy"):
        FREE.value(folder)
    with pytest.raises(UserError, match="has no loss of step 2"):
        Figure("guide/vae", "loss of step 2", "loss", 1, step=2).value(folder)


def test_table(sweep):
    sweep("guide/vae", "jax", "custom", {"loss": 1.65})
    sweep("guide/vae", "jax", "fit", {"loss": 1.7}, step_1=0.2)
    sweep("guide/vae", "torch", "custom", {"loss": 1.66}, status="failed")
    runs = read_runs([sweep("guide/mlp", "tensorflow", "fit", {"accuracy": 0.9})])
    rows = read_table(figures_table(FIGURES, runs))
    assert len(rows) == 9
    assert rows[0] == {
        "experiment": "guide/vae",
        "figure": "mean loss",
        "the guide": "1.61 to 1.69",
        "backend": "jax",
        "custom": "1.650",
        "fit": "**1.700**",
    }
    assert [row["backend"] for row in rows[:3]] == ["jax", "tensorflow", "torch"]
    assert {rows[i][loop] for i in (1, 2) for loop in FIGURES.loops} == {"**not run**"}
    assert (rows[3]["the guide"], rows[3]["custom"], rows[3]["fit"]) == (
        "0.3 to 0.4",
        "0.35",
        "**0.20**",
    )
    assert (rows[7]["the guide"], rows[7]["fit"]) == ("not trained", "0.900")


def test_problems(sweep):
    runs = read_runs([sweep("guide/vae", "jax", "fit", {"loss": 1.7})])
    found = list(problems(Figures(("fit",), (MEAN, STEP)), runs))
    assert found[0] == "guide/vae on jax, loop fit: mean loss is 1.700, not 1.61 to 1.69"
    assert found[1:3] == [
        f"guide/vae on {backend}, loop fit: not run" for backend in ("tensorflow", "torch")
    ]
    assert len(found) == 5


def test_two_runs_of_the_same(sweep):
    sweep("guide/vae", "jax", "fit", {})
    with pytest.raises(UserError, match="two runs of guide/vae, jax, fit: "):
        read_runs([sweep("guide/vae", "jax", "fit", {})])


def test_not_a_sweep(tmp_path):
    with pytest.raises(UserError, match="is not the folder of a sweep"):
        read_runs([tmp_path])


def test_figures_are_read(tmp_path):
    (tmp_path / "figures.yaml").write_text(
        "loops: [custom, fit]\n"
        "figures:\n"
        "- {experiment: guide/vae, what: mean loss, metric: loss, guide: [1.61, 1.69],"
        " decimals: 2}\n"
        "- {experiment: guide/vae, what: loss of step 1, metric: loss, step: 1, guide: [0.3, 0.4],"
        " decimals: 1}\n"
        "- {experiment: guide/mlp, what: accuracy, metric: accuracy, decimals: 2}\n"
    )
    assert read_figures(tmp_path / "figures.yaml") == FIGURES
