import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.benchmark import whole
from triceras.benchmark.picture import whole as picture
from triceras.benchmark.report import tables
from triceras.benchmark.whole import measure_steps, run
from triceras.benchmark.whole_runs import epochs, shuffled
from triceras.errors import UserError
from triceras.testing.markdown import read_table

pytestmark = pytest.mark.once

SPECS = {"ours": {"kind": "ours"}, "a loop": {"kind": "people's"}, "fit": {"kind": "fit"}}


@pytest.fixture
def session(tmp_path):
    return SimpleNamespace(
        backend="jax",
        log=tmp_path / "log",
        with_cache=lambda cache: {"CACHE": str(cache)},
        config=SimpleNamespace(benchmark=SimpleNamespace(rounds=2)),
    )


@pytest.fixture
def points(session, tmp_path, monkeypatch):
    """Points of runs that take as long as this says."""
    caches = {}

    def take(session, name, spec, cache):
        warm = cache in caches.setdefault(name, [])
        caches[name].append(cache)
        assert cache.name.isalnum()  # as compilers cannot do with a comma and a space
        wall = {"ours": 2.0, "a loop": 4.0, "fit": 8.0}[name] - warm
        return {"wall": wall, "processor": 2 * wall, "loss": 0.5}

    monkeypatch.setattr(whole, "run", take)
    return [p for n in (100, 1000) for p in measure_steps(session, SPECS, n, tmp_path)]


def test_a_warm_cache_is_the_one_that_its_own_cold_run_has_left(points):
    cold, warm = points[:2]
    assert (cold["steps"], cold["cache"], warm["cache"]) == (100, "cold", "warm")
    assert cold["contenders"]["ours"]["wall"] == [2.0, 2.0]
    assert warm["contenders"]["ours"]["wall"] == [1.0, 1.0]
    assert cold["wall"]["ratios"]["people's"]["median"] == 0.5
    assert warm["processor"]["ratios"]["fit"]["median"] == pytest.approx(1 / 7)


def test_table_and_picture(points):
    result = {"experiment": "autoencoder", "kind": "whole", "backends": {"jax": {"points": points}}}
    (text,) = tables(result)
    rows = read_table(text)
    assert [(row["`autoencoder`"], row["steps"], row["cache"]) for row in rows] == [
        ("jax", "100", "cold"),
        ("jax", "100", "warm"),
        ("jax", "1,000", "cold"),
        ("jax", "1,000", "warm"),
    ]
    assert text.splitlines()[2] == "| jax | 100 | cold | 2.0 | 0.50 | 0.25 | 4.0 | 0.50 | 0.25 |"
    cold, warm = picture(result).axes
    assert [list(line.get_ydata()) for line in warm.lines] == [[1.0, 1.0], [3.0, 3.0], [7.0, 7.0]]
    assert list(cold.lines[0].get_xdata()) == [100, 1000]


@pytest.mark.parametrize(
    ("against", "found", "kinds"),
    [
        (["people", "fit"], ["ours", "a loop", "fit"], ["people's"]),
        (["expert"], ["ours", "a loop"], ["expert's"]),
        (["fit"], ["ours", "a loop", "fit"], []),
    ],
)
def test_ours_runs_beside_those_that_were_asked_for(tmp_path, monkeypatch, against, found, kinds):
    asked = []

    def native_specs(per_call, inputs, folder, kinds):
        asked.extend(kinds)
        return {"a loop": {"kind": "people's"}}

    data = {"x": np.zeros(3), "y": np.zeros(3), "indices": np.zeros(3)}
    inputs = SimpleNamespace(**data, save=lambda path: None)
    monkeypatch.setattr(whole, "prepare", lambda *_: (tmp_path / "inputs.npz", "cpu"))
    monkeypatch.setattr(whole, "check_natives", lambda *_: {})
    monkeypatch.setattr(whole.Inputs, "load", lambda path: inputs)
    monkeypatch.setattr(whole.dataclasses, "replace", lambda *_, **__: inputs)
    monkeypatch.setattr(whole, "has_several_objectives", lambda config: False)
    settings = {"data": {}, "loop": {}, "benchmark": {"whole_against": against}}
    numbers = {"batch_size": 1, "evaluation_batch_size": 1, "seed": 0}
    session = SimpleNamespace(
        config=OmegaConf.create({**settings, **numbers, "experiment": "autoencoder"}),
        module="benchmarks.peers",
        native_specs=native_specs,
        ask=lambda *_: [],
        overrides=[],
        backend="jax",
    )
    assert list(whole.contenders(session, tmp_path)[0]) == found
    assert asked == kinds


def program(monkeypatch, text):
    monkeypatch.setattr(whole, "our_command", lambda *arguments: ["-c", text])


def test_a_run_is_timed_with_what_it_waited_for(session, tmp_path, monkeypatch):
    (tmp_path / "summary.json").write_text(json.dumps({"steps": 3, "metrics": {"loss": 0.25}}))
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    child = f"import subprocess\nsubprocess.run([{sys.executable!r}, '-c', {busy!r}])"
    program(monkeypatch, f"{child}\nprint('run: {tmp_path}')")
    took = run(session, "ours", {"role": "ours", "steps": 3}, tmp_path)
    assert took["loss"] == 0.25
    assert took["processor"] >= 0.2
    assert took["wall"] >= 0.2


@pytest.mark.parametrize(
    ("text", "steps", "message"),
    [
        ("raise SystemExit(1)", 3, r"ours failed; all of its output is in .*log"),
        ("", 3, r"ours failed; all of its output is in .*log"),
        ("print('run: FOLDER')", 4, "ours took 3 steps in the place of 4"),
    ],
)
def test_a_run_that_did_not_do_its_work(session, tmp_path, monkeypatch, text, steps, message):
    (tmp_path / "summary.json").write_text(json.dumps({"steps": 3, "metrics": {"loss": 0.25}}))
    program(monkeypatch, text.replace("FOLDER", str(tmp_path)))
    with pytest.raises(UserError, match=message):
        run(session, "ours", {"role": "ours", "steps": steps}, tmp_path)


def test_rows_of_each_step():
    assert list(epochs(10, 4, 5)) == [(0, 2), (2, 4), (4, 5)]
    rows = shuffled(10, 4, 5, seed=0)
    assert rows.shape == (5, 4)
    for start, stop in epochs(10, 4, 5):
        assert len(np.unique(rows[start:stop])) == (stop - start) * 4
    assert not np.array_equal(rows[0], rows[2])


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"loss": 2.0, "val_loss": 9.0}, 2.0),
        ({"a_loss": 1.0, "b_loss": 2.0, "val_a_loss": 9.0}, 3.0),
    ],
)
def test_the_loss_of_several_objectives_is_their_sum(tmp_path, metrics, expected):
    (tmp_path / "summary.json").write_text(json.dumps({"steps": 5, "metrics": metrics}))
    assert whole.our_answer(f"run: {tmp_path}") == {"steps": 5, "loss": expected}
