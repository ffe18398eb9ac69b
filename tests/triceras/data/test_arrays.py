"""`data=arrays`, in runs as a person types them."""

import json

import numpy as np
import pytest

from triceras.commands.evaluate import evaluate
from triceras.commands.predict import predict
from triceras.commands.train import train
from triceras.config import compose
from triceras.data.arrays import load
from triceras.data.dividing import VERSION
from triceras.errors import UserError
from triceras.runs import data_file
from triceras.testing.runs import column, read_json, run

pytestmark = pytest.mark.once

RANDOM = np.random.default_rng(0)
AGE = 40 + 9 * RANDOM.normal(size=200)
INCOME = 3e4 + 1e4 * RANDOM.normal(size=200)
KIND = np.where(AGE + INCOME / 1e3 > 70, "rich or old", "neither")


def write(path, count=200):
    lines = [f"{a},{b},{c}" for a, b, c in zip(AGE, INCOME, KIND, strict=True)][:count]
    path.write_text("\n".join(["age,income,kind", *lines, ""]))
    return path


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write(tmp_path_factory.mktemp("table") / "people.csv")


def options(path, *more):
    return (
        *("data=arrays", f"data.path={path}", "data.parts={x: [age, income], kind: kind}"),
        *("data.normalize=true", "data.stratify=kind", "data.validation_size=0.2"),
        *("experiment=linear", "epochs=null", "max_steps=20", "batch_size=16"),
        *("optimizer.learning_rate=0.1", *more),
    )


@pytest.fixture(scope="module")
def trained(table, tmp_path_factory, backend):
    return run(tmp_path_factory.mktemp("runs"), backend, *options(table))


@pytest.mark.slow
def test_a_table_is_learnt(trained):
    losses = column(trained)
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:3])
    data = trained.objects["data"]
    assert (data.name, data.classes) == ("people", 2)
    assert [len(data.train), len(data.validation), len(data.test)] == [140, 40, 20]


@pytest.mark.slow_on("jax", "tensorflow")
def test_fit_takes_the_same_curve(trained, table, tmp_path, backend):
    other = run(tmp_path, backend, *options(table, "loop=fit"))
    np.testing.assert_allclose(column(other), column(trained), rtol=1e-5)


@pytest.mark.slow
def test_what_the_run_keeps_is_what_it_saw(trained):
    kept = read_json(trained, "data.json")["kept"]
    assert kept["vocabularies"] == {"kind": ["neither", "rich or old"]}
    data = trained.objects["data"]
    scale = kept["normalization"]["x"]
    seen = data.train["x"] * np.array(scale["deviation"]) + np.array(scale["mean"])
    rows = np.stack([AGE, INCOME], axis=1)
    for row in seen:
        assert np.abs(rows / row - 1).max(axis=1).min() < 1e-5
    assert seen.std(axis=0) == pytest.approx(scale["deviation"], rel=1e-5)


@pytest.mark.slow
def test_other_rows_are_seen_on_the_scale_of_the_run(trained, tmp_path):
    again = evaluate(compose([f"run={trained.folder}", "checkpoint=last"], "evaluate"))
    assert again == {k: trained.summary["metrics"][k] for k in again}
    other = write(tmp_path / "others.csv", count=60)
    words = [f"run={trained.folder}", "checkpoint=last", "data=arrays", f"data.path={other}"]
    found = evaluate(compose(words, "evaluate"))
    # With a scale and numbers of its own the loss would be another one by far.
    data = evaluated_data(trained, other)
    model = trained.objects["model"]
    logits = np.asarray(data["x"] @ model.get_weights()[0] + model.get_weights()[1])
    loss = np.mean(np.log(np.exp(logits).sum(-1)) - logits[np.arange(len(logits)), data["kind"]])
    assert found["test_loss"] == pytest.approx(loss, rel=1e-5)


@pytest.mark.slow
def test_the_same_file_is_divided_as_the_run_did(trained, table):
    words = [f"run={trained.folder}", "checkpoint=last", "data=arrays", f"data.path={table}"]
    found = evaluate(compose(words, "evaluate"))
    assert found == {name: trained.summary["metrics"][name] for name in found}
    other = evaluate(compose([*words, "data.stratify=null"], "evaluate"))
    assert other["test_loss"] != found["test_loss"]


@pytest.mark.slow
def test_a_run_of_before_goes_on_with_its_rows(tmp_path, table, backend, monkeypatch):
    words = [word for word in options(table) if "stratify" not in word]
    with monkeypatch.context() as patch:
        patch.setattr(data_file, "division_of", lambda folder: 1)
        old = run(tmp_path, backend, *words)
        whole = run(tmp_path, backend, *words, "max_steps=24")
    path = old.folder / "data.json"
    assert json.loads(path.read_text())["division"] == 1

    def evaluated(**division):
        document = json.loads(path.read_text())
        del document["division"]
        path.write_text(json.dumps(document | division))
        return evaluate(compose([f"run={old.folder}", "checkpoint=last"], "evaluate"))

    expected = {k: v for k, v in old.summary["metrics"].items() if k.startswith("test_")}
    assert evaluated(division=2) != expected
    # As those runs have it, which say nothing of it.
    assert evaluated() == expected
    resumed = train(compose([f"resume={old.folder}", "max_steps=24"]))
    assert column(resumed) == column(whole)
    assert resumed.summary["metrics"] == whole.summary["metrics"]
    assert json.loads(path.read_text())["division"] == 1
    assert read_json(run(tmp_path, backend, *words), "data.json")["division"] == VERSION


@pytest.mark.slow
def test_all_rows_of_other_data(trained, tmp_path):
    other = write(tmp_path / "others.csv", count=60)
    words = [f"run={trained.folder}", "checkpoint=last", "data=arrays", f"data.path={other}"]
    found = evaluate(compose([*words, "split=all"], "evaluate"))
    assert found.keys() == {"all_loss", "all_accuracy"}
    file = next((trained.folder / "evaluations").glob("last-others-all-*.json"))
    assert json.loads(file.read_text())["rows"] == 60
    # What is predicted of the same rows needs no column of the label.
    blind = tmp_path / "blind.csv"
    blind.write_text("\n".join(line.rpartition(",")[0] for line in other.read_text().split()))
    words = [f"run={trained.folder}", "checkpoint=last", "data=arrays", f"data.path={blind}"]
    predicted = np.load(predict(compose([*words, "split=all"], "predict")))
    right = predicted["output"].argmax(axis=1) == (KIND[:60] == "rich or old")
    assert np.mean(right) == pytest.approx(found["all_accuracy"], abs=1e-6)


@pytest.mark.slow
def test_all_rows_of_data_that_are_too_few_to_be_divided(trained, tmp_path):
    few = write(tmp_path / "few.csv", count=2)
    words = [f"run={trained.folder}", "checkpoint=last", "data=arrays", f"data.path={few}"]
    evaluate(compose([*words, "split=all"], "evaluate"))
    (file,) = (trained.folder / "evaluations").glob("last-few-all-*.json")
    assert json.loads(file.read_text())["rows"] == 2
    predicted = np.load(predict(compose([*words, "split=all"], "predict")))
    assert sorted(predicted["row"]) == [0, 1]
    sizes = ["data.validation_size=2", "data.test_size=2"]
    with pytest.raises(UserError, match=r"data\.validation_size=2 and data\.test_size=2: no row"):
        evaluate(compose([*words, *sizes, "split=all"], "evaluate"))
    with pytest.raises(UserError, match="few"):
        evaluate(compose(words, "evaluate"))


def evaluated_data(trained, path):
    """The test rows of a file, by the definition: the scale and the numbers are the run's."""
    from triceras.config import build

    config = compose(options(path))
    data = build("data", config.data)
    own, kept = data.kept["normalization"]["x"], read_json(trained, "data.json")["kept"]
    scale = kept["normalization"]["x"]
    raw = data.test["x"] * np.array(own["deviation"]) + own["mean"]
    return {"x": (raw - scale["mean"]) / scale["deviation"], "kind": data.test["kind"]}


@pytest.mark.slow
def test_a_resumed_run_goes_on_as_if_it_had_never_stopped(trained, table, tmp_path, backend):
    first = run(tmp_path, backend, *options(table, "max_steps=10"))
    # As where somebody normalized otherwise in the meantime: what was kept is what counts.
    before = (first.folder / "data.json").read_text()
    resumed = train(compose([f"resume={first.folder}", "max_steps=20", f"backend={backend}"]))
    assert column(resumed) == column(trained)
    assert (first.folder / "data.json").read_text() == before
    assert json.loads(before) == read_json(trained, "data.json")


def test_memory_is_a_number_or_has_no_limit(table):
    from triceras.config import build
    from triceras.errors import UserError

    assert build("data", compose(options(table, "data.memory_mb=null")).data).classes == 2
    with pytest.raises(UserError, match=r"data.memory_mb=lots is no number"):
        build("data", compose(options(table, "data.memory_mb=lots")).data)


@pytest.mark.slow
def test_a_sweep_over_folds(table, tmp_path, backend):
    from triceras.config import build

    seen = []
    for fold in range(4):
        words = options(table, "data.folds=4", f"data.fold={fold}")
        data = build("data", compose([*words, "data.validation_size=null"]).data)
        seen += data.validation["x"][:, 0].tolist()
    assert len(seen) == 180


@pytest.mark.parametrize(("more", "told"), [({}, True), ({"inputs": ["age", "income"]}, False)])
def test_a_model_that_is_given_one_column_of_many_is_told_of(table, caplog, more, told):
    load(path=str(table), **more)
    assert (
        "each of its 3 columns is a part, and a model is given 'age' alone" in caplog.text
    ) == told
