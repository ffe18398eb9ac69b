"""Our engine beside hand-written code: whole benchmarks, whose command the engine room tests."""

import json

import pytest

from triceras.benchmark import scale, worker
from triceras.benchmark.run import benchmark
from triceras.benchmark.session import Session
from triceras.benchmark.summary import summarize
from triceras.config import compose
from triceras.testing.benchmarks import QUICK


@pytest.fixture(autouse=True)
def answered_here(monkeypatch):
    """Has what one answer is asked of answered by this process; contenders have their own."""
    in_a_process = Session.ask

    def ask(session, spec, caches):
        if spec["role"] == "list":
            return in_a_process(session, spec, caches)
        answers = []
        worker.ROLES[spec["role"]](spec, answers.append)
        return answers[0]

    monkeypatch.setattr(Session, "ask", ask)


@pytest.mark.once
@pytest.mark.slow
def test_experiment_with_hand_written_code(tmp_path, backend, capsys):
    words = ["experiment=guide/vae", f"backend={backend}", "data=digits", *QUICK]
    folder = benchmark(compose([*words, f"output_dir={tmp_path}"], "benchmark"))
    assert folder.parent == tmp_path / "benchmark" / "guide" / "vae"
    record = json.loads((folder / "result.json").read_text())
    measured = record["backends"][backend]
    every = [each["kind"] for each in measured["contenders"].values()]
    kinds = list(dict.fromkeys(every))  # PyTorch's native code is written in two ways
    assert kinds == ["ours", "expert's", "people's", "fit", "guide"]
    assert set(measured["ratios"]) == set(kinds[1:])
    natives = [kind for kind in every if kind in ("expert's", "people's")]
    assert len(measured["differences"]) == len(natives) >= 2
    for each in measured["contenders"].values():
        assert len(each["ms"]) == 2
        assert each["mean_loss"] == pytest.approx(
            measured["contenders"]["ours"]["mean_loss"], rel=0.1
        )
        assert each["seconds"]["to_first_step"] > each["seconds"]["import"] > 0
        assert each["peak_memory_mb"] > 50
    assert (folder / "table.md").read_text().startswith("| `guide/vae`, ")
    assert (folder / "table.md").read_text().strip() in capsys.readouterr().out
    assert (folder / "speed.png").stat().st_size > 0


def measured_here(session, specs, caches):
    """Two calls of each contender, in this process."""
    found = {}
    for name, spec in specs.items():
        make = worker.make_keras if spec["role"] == "keras" else worker.make_native
        contender, _ = make(spec)
        steps = spec["steps_per_call"]
        ms = [1e3 * worker.timed(contender, k * steps, (k + 1) * steps)[0] / steps for k in (0, 1)]
        found[name] = {"kind": spec["kind"], "ms": ms, "summary": summarize({"ms": ms})}
    return found


@pytest.mark.once
@pytest.mark.slow
def test_scale(tmp_path, backend, monkeypatch):
    # That a contender has a process of its own is seen above.
    monkeypatch.setattr(scale, "measure", measured_here)
    words = [
        "experiment=guide/vae",
        f"backend={backend}",
        "data=digits",
        *QUICK,
        "benchmark.scale=true",
        "benchmark.batch_sizes=[8]",
        "benchmark.hidden_units=[64]",
        f"output_dir={tmp_path}",
    ]
    folder = benchmark(compose(words, "benchmark"))
    points = json.loads((folder / "result.json").read_text())["backends"][backend]["points"]
    # What two lists have in common is measured once.
    assert [(p["batch_size"], p["hidden_units"]) for p in points] == [(8, 64)]
    assert {each["kind"] for each in points[0]["contenders"].values()} == {"ours", "expert's"}
    assert points[0]["least"] <= points[0]["ratio"] <= points[0]["most"]
    assert (folder / "scale.png").stat().st_size > 0
