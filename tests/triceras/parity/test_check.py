import json

import pytest

from triceras.commands import command
from triceras.errors import UserError
from triceras.parity import check
from triceras.parity.evidence import Evidence

pytestmark = pytest.mark.once


@pytest.fixture
def parity(config, evidence, altered, folder, backend, monkeypatch, capsys):
    """Runs a check whose processes save made-up evidence; returns its exit code and its texts."""
    started = []

    def parity(*overrides, again=lambda other: None):
        def run_probe(path, words):
            started.append((path.name, words))
            made = altered(again) if path.name.endswith("-again") else evidence
            made.save(path)
            return Evidence.load(path)

        monkeypatch.setattr(check, "run_probe", run_probe)
        monkeypatch.setattr(command, "failures", [])
        words = [f"backends=[{backend}]", f"output_dir={folder}", *overrides]
        with pytest.raises(SystemExit) as end:
            command.run(
                lambda: command.task(lambda config: check.parity(config, words))(config(*words))
            )
        return end.value.code, *capsys.readouterr(), started

    return parity


@pytest.mark.slow
def test_a_check_that_passes(parity, folder, backend):
    code, out, err, started = parity("repeat=true", "chaos=true")
    assert (code, err) == (0, "")
    (made,) = (folder / "parity" / "classifier").iterdir()
    assert out.splitlines()[-1] == f"parity: {made}"
    names = {path.name for path in made.iterdir()}
    assert {"parity.json", "parity.png", "table.md", "config.yaml", f"{backend}.npz"} <= names
    content = json.loads((made / "parity.json").read_text())
    assert content["passed"] is True
    assert [c["kind"] for c in content["comparisons"]] == ["loops", "repeat", "repeat", "chaos"]
    # All processes are told the same, and then what is their own.
    assert [name for name, _ in started] == [backend, f"{backend}-again", f"{backend}-moved"]
    for name, words in started:
        assert words[:2] == [f"backends=[{backend}]", f"output_dir={folder}"]
        assert f"backend={backend}" in words
        assert ("loops=[custom]" in words) == name.endswith("-moved")


@pytest.mark.parametrize(
    ("length", "steps"), [("max_steps=7", 7), ("epochs=2", 162), ("epochs=100", 1000)]
)
def test_as_many_steps_as_the_experiment_takes_and_a_thousand_at_most(config, length, steps):
    of_experiment = config("max_steps=null", "epochs=null", "steps=null", length)
    assert check.own_steps(of_experiment, 1297) == steps


@pytest.mark.slow
def test_a_planted_difference_is_an_exit_code_and_a_line(parity, folder, backend):
    def again(other):
        other.tensors["layers"]["model/layer_1"] *= 1.5
        other.losses["custom"]["loss"][3] *= 2

    code, out, err, _ = parity("repeat=true", again=again)
    assert code == 1
    assert err.count("\n") == 1
    assert err.startswith(f"error: {backend} custom again against {backend} custom: ")
    assert "layer model/layer_1 is the first to differ by more than 0e+00 (5.0e-01" in err
    assert "step 3 is the first to differ by more than 0e+00 (1.0e+00, worst 1.0e+00 at 3)" in err
    (made,) = (folder / "parity" / "classifier").iterdir()
    assert out.splitlines()[-1] == f"parity: {made}"
    content = json.loads((made / "parity.json").read_text())
    assert content["passed"] is False
    (failed,) = (c for c in content["comparisons"] if not c["passed"])
    assert failed["differences"]["layers"]["first"] == "model/layer_1"
    assert failed["differences"]["losses"]["first"] == 3
    assert (made / "parity.png").is_file()


def test_bad_input_leaves_no_folder(parity, folder):
    code, out, err, started = parity("batch_size=100000")
    assert (code, out, started) == (1, "", [])
    assert err.startswith("error: batch_size=100000 is larger than the training data")
    assert not folder.exists()


def test_nothing_to_compare_is_refused_before_anything_runs(parity, folder):
    code, out, err, started = parity("loops=[custom]", "chaos=true")
    assert (code, out, started) == (1, "", [])
    assert err.startswith("error: nothing to compare: there is one backend")
    assert err.count("\n") == 1
    assert not folder.exists()


@pytest.mark.slow
def test_a_model_of_several_objectives_alone_does_not_pass(parity, folder, evidence, backend):
    del evidence.losses["fit"]
    evidence.facts["fit"] = False
    code, _, err, _ = parity("loops=[custom,fit]", "chaos=true")
    assert code == 1
    assert err.startswith(f"error: nothing to compare: there is one backend ({backend}), and only ")
    assert not list(folder.rglob("parity.json"))
    assert parity("loops=[custom,fit]", "repeat=true")[0] == 0


@pytest.mark.slow
def test_a_process_that_fails_says_why_and_where(tmp_path, backend):
    # Before it imports Keras, which would be most of what it does.
    words = ["experiment=classifier", "batch_size=100000"]
    with pytest.raises(UserError) as error:
        check.run_probe(tmp_path / backend, [*words, f"backend={backend}", "steps=1"])
    assert str(error.value).startswith(f"{backend}: batch_size=100000 is larger than ")
    assert str(error.value).endswith(f"(see {tmp_path / backend}.log)")
    assert "Traceback" in (tmp_path / f"{backend}.log").read_text()


def test_processes_that_wait_do_not_start_once_one_has_failed(config, backend, monkeypatch):
    started = []

    def run_probe(path, words):
        started.append(path.name)
        raise UserError("it is broken")

    monkeypatch.setattr(check, "run_probe", run_probe)
    words = [f"backends=[{backend}]", "repeat=true", "chaos=true", "jobs=1"]
    with pytest.raises(UserError, match="it is broken"):
        check.collect(config(*words), words, [backend], check.Path())
    assert started[0] == backend
    assert len(started) <= 2
