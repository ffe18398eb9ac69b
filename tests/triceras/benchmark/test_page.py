import json

import pytest

from triceras.benchmark.page import markdown, read
from triceras.benchmark.summary import ratios
from triceras.errors import UserError
from triceras.testing.markdown import read_table

pytestmark = pytest.mark.once

POINT = {"batch_size": 32, "hidden_units": 64, "ours": 2.0, "expert": 4.0, "ratio": 0.5}


@pytest.fixture
def write(tmp_path, contenders):
    """A function that writes the result of a benchmark."""

    def write(
        name, experiment="autoencoder", ended="2026-01-01", scale=False, cores=2, backends=("jax",)
    ):
        speed = {"device": "cpu", "contenders": contenders, "ratios": ratios(contenders)}
        result = {
            "experiment": experiment,
            "scale": scale,
            "overrides": [f"experiment={experiment}", f"backend={backends[0]}", "seed=1"],
            "processor": "Fast Chip",
            "cores": cores,
            "backends": {
                backend: {"points": [{**POINT, "backend": backend}]} if scale else speed
                for backend in backends
            },
            "ended": ended,
        }
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps(result))

    return write


def test_overview_and_all_tables(write, tmp_path):
    write("b/1", "autoencoder", backends=("jax", "torch"))
    write("b/2", "adversaries")
    write("c", "autoencoder", scale=True)
    text = markdown(read(tmp_path))
    rows = read_table(text)
    assert [row["a step of ours takes"] for row in rows] == [
        "`adversaries`, jax",
        "`autoencoder`, jax",
        "`autoencoder`, torch",
    ]
    assert rows[0]["of native, an expert's"] == "0.50"
    assert rows[0]["of native, as people write it"] == "0.25"
    assert rows[0]["of Keras `fit`"] == ""
    assert rows[0]["start-up, s"] == "3.0"
    assert text.count("<details>") == text.count("</details>") == 3
    assert "`experiment=autoencoder seed=1`, on 2 cores of Fast Chip" in text
    assert "| jax | 32 | 64 | 2.000 | 4.000 | 0.50 |" in text


def test_whole_runs_are_not_folded_away(write, tmp_path):
    write("speed")
    point = {"ours": {"median": 3.0}, "ratios": {"fit": {"median": 0.5}}}
    path = tmp_path / "whole"
    path.mkdir()
    result = json.loads((tmp_path / "speed" / "result.json").read_text())
    points = [{"steps": 100, "cache": "cold", "wall": point, "processor": point}]
    result |= {"kind": "whole", "backends": {"jax": {"points": points}}}
    (path / "result.json").write_text(json.dumps(result))
    text = markdown(read(tmp_path))
    assert "| jax | 100 | cold | 3.0 | 0.50 | 3.0 | 0.50 |" in text.partition("<details>")[0]
    assert text.count("<details>") == 1


def test_the_latest_of_each_backend(write, tmp_path):
    write("old", ended="2026-01-01", cores=2, backends=("jax", "torch"))
    write("new", ended="2026-01-02", cores=4, backends=("torch",))
    first, second = read(tmp_path)
    assert (first["cores"], list(first["backends"])) == (2, ["jax"])
    assert (second["cores"], list(second["backends"])) == (4, ["torch"])


def test_nothing_there(tmp_path):
    (tmp_path / "result.json").write_text('{"experiment": "stopped"}')
    with pytest.raises(UserError, match=r"holds no result.json: run scripts/benchmark.py"):
        read(tmp_path)
