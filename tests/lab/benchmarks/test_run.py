"""Our engine beside hand-written code, by the command itself."""

import json

import pytest

from triceras.testing.benchmarks import QUICK, command, folder_of


@pytest.mark.once
@pytest.mark.slow
def test_experiment_with_hand_written_code(tmp_path, backend):
    result = command(
        "experiment=guide/vae",
        f"backend={backend}",
        "data=digits",
        *QUICK,
        f"output_dir={tmp_path}",
    )
    folder = folder_of(result)
    assert folder.parent == tmp_path / "benchmark" / "guide" / "vae"
    record = json.loads((folder / "result.json").read_text())
    measured = record["backends"][backend]
    kinds = [each["kind"] for each in measured["contenders"].values()]
    assert kinds == ["ours", "expert's", "people's", "fit", "guide"]
    assert set(measured["ratios"]) == set(kinds[1:])
    assert len(measured["differences"]) == 2
    for each in measured["contenders"].values():
        assert len(each["ms"]) == 2
        assert each["mean_loss"] == pytest.approx(
            measured["contenders"]["ours"]["mean_loss"], rel=0.1
        )
        assert each["seconds"]["to_first_step"] > each["seconds"]["import"] > 0
        assert each["peak_memory_mb"] > 50
    assert (folder / "table.md").read_text().startswith("| `guide/vae`, ")
    assert (folder / "table.md").read_text().strip() in result.stdout
    assert (folder / "speed.png").stat().st_size > 0


@pytest.mark.once
@pytest.mark.slow
def test_scale(tmp_path, backend):
    result = command(
        "experiment=guide/vae",
        f"backend={backend}",
        "data=digits",
        *QUICK,
        "benchmark.scale=true",
        "benchmark.batch_sizes=[8]",
        "benchmark.hidden_units=[64]",
        f"output_dir={tmp_path}",
    )
    folder = folder_of(result)
    points = json.loads((folder / "result.json").read_text())["backends"][backend]["points"]
    # What two lists have in common is measured once.
    assert [(p["batch_size"], p["hidden_units"]) for p in points] == [(8, 64)]
    assert (folder / "scale.png").stat().st_size > 0
