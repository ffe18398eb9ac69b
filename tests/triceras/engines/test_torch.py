import keras
import pytest

from triceras import engines


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.mark.parametrize(("planned", "expected"), [(0, False), (10**6, True)])
def test_inductor_is_for_long_runs(start, monkeypatch, planned, expected):
    asked = []
    module = engines.module()
    monkeypatch.setattr(module, "compiled", lambda graph, *_: asked.append(graph))
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    start(planned_steps=planned).train(0, 2)
    assert bool(asked) == expected


def test_a_step_leaves_the_state_that_it_is_given_alone(start, build):
    run = start(build, compile=False)
    run.train(0, 1)
    state = run.engine.state
    before = [a.clone() for a in keras.tree.flatten(state)]
    run.train(1, 2)
    assert run.engine.state is not state
    after = keras.tree.flatten(state)
    assert all(bool((a == b).all()) for a, b in zip(before, after, strict=True))


@pytest.mark.slow_on("torch")
def test_numbers_too_small_to_be_exact_are_0_in_all_threads():
    import subprocess
    import sys

    code = (
        "from triceras import engines; engines.module(); import torch\n"
        "torch.set_num_threads(2); x = torch.full((10**6,), 1e-30)\n"
        "assert not (x * 1e-10).any(), 'not in all threads'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
