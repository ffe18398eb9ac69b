import pytest

from triceras.runs.summary import last_numbers, print_summary

SUMMARY = {
    "experiment": "small",
    "backend": "jax",
    "loop": "custom",
    "parameters": 1000,
    "steps": 10,
    "epochs": 1,
    "steps_per_second": None,
    "peak_memory_mb": 200.0,
    "seconds": {"total": 1.0},
}


def test_what_a_callback_adds_that_is_no_number_is_left_out_and_named(caplog):
    history = {"loss": [2.0, 1.0], "note": ["a", "b"], "empty": [], "parts": [[1, 2]]}
    assert last_numbers(history) == {"loss": 1.0}
    said = "\n".join(r.message for r in caplog.records)
    assert all(f"leaves out {name}, which a callback" in said for name in ("note", "parts"))


@pytest.mark.once
@pytest.mark.parametrize(("best", "tested"), [(True, True), (False, True), (True, False)])
def test_where_another_command_may_show_other_numbers_it_says_why(best, tested, tmp_path, capsys):
    (tmp_path / "checkpoints").mkdir()
    if best:
        (tmp_path / "checkpoints" / "best.npz").touch()
    metrics = {"loss": 1.0} | ({"test_loss": 2.0} if tested else {})
    print_summary(SUMMARY | {"metrics": metrics}, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    said = "test_ is of the last weights; evaluate.py takes the best, or checkpoint=last"
    assert (said in lines) == (best and tested)
    assert max(map(len, lines)) < 80


@pytest.mark.once
@pytest.mark.parametrize(("figures", "shown"), [(18.04, ["18.0"]), (0.04, [])])
def test_the_time_that_figures_took_is_shown(figures, shown, tmp_path, capsys):
    summary = SUMMARY | {"metrics": {"loss": 1.0}, "seconds": {"train": 22.0, "total": 30.0}}
    print_summary(summary, tmp_path, figures)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-2] for line in lines if "of these, figures" in line] == shown
