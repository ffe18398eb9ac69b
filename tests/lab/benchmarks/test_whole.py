"""Whole runs beside ours, in this process, on small data."""

from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.benchmark.adam import settings_of
from triceras.benchmark.inputs import Inputs
from triceras.benchmark.session import Session
from triceras.benchmark.whole import our_answer, our_command
from triceras.benchmark.whole_runs import train_fit, train_native
from triceras.commands.train import train
from triceras.config import build, compose
from triceras.modelling.build import build_model

STEPS = 5


@pytest.fixture
def config(configure):
    return configure(
        "experiment=guide/vae", "data=digits", "data.validation_size=100", "data.limit=32"
    )


@pytest.mark.slow
def test_a_hand_written_script_learns(config, backend, tmp_path, capsys):
    plain = OmegaConf.to_container(config, resolve=True)
    model = build_model(config.model, config.optimizer, build("data", config.data))
    weights = [np.array(variable.numpy()) for variable in model.trainable_variables]
    nothing = np.zeros((0,), "int32")
    inputs = Inputs(
        weights=weights,
        x=nothing,
        y=nothing,
        indices=nothing,
        optimizers=[{**settings_of(model.optimizer), "learning_rate": 1e-2}],
        steps_per_call=2,
        seed=0,
    )
    inputs.save(tmp_path / "inputs.npz")
    spec = {
        "module": f"benchmarks.peers.guide.vae.{backend}",
        "kind": "people's",
        "form": {"jax": "jax.jit, a step", "tensorflow": "tf.function, a step"}.get(
            backend, "eager, fused Adam"
        ),
        "inputs": str(tmp_path / "inputs.npz"),
        "data": {name: value for name, value in plain["data"].items() if name != "tests"},
        "parts": ["image", "label"],
        "steps": STEPS,
        "steps_per_call": 2,
        **{name: plain[name] for name in ("batch_size", "evaluation_batch_size", "seed")},
    }
    answer = train_native(spec)
    assert answer["steps"] == STEPS
    first, second, test = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 0: loss ")
    # Validated after each epoch, and tested at the end, each time with what is learnt by then.
    before, after = (float(line.rpartition(" ")[2]) for line in (first, second))
    assert after < before < float(first.split()[3].rstrip(","))
    assert float(test.removeprefix("test ")) == pytest.approx(after, rel=0.2)


@pytest.mark.once
@pytest.mark.slow
def test_a_script_of_keras_takes_as_many_steps(config, tmp_path):
    OmegaConf.save(config, tmp_path / "config.yaml", resolve=True)
    answer = train_fit({"config": str(tmp_path / "config.yaml"), "steps": STEPS})
    assert answer["steps"] == STEPS
    assert 0 < answer["loss"] < 1


@pytest.mark.once
@pytest.mark.slow
def test_our_own_run_is_the_command_that_anyone_types(config, backend, tmp_path):
    overrides = ["experiment=guide/vae", "data=digits", "benchmark.rounds=1"]
    script, *words = our_command(Session(tmp_path, config, overrides), STEPS, tmp_path)
    assert not [word for word in words if word.startswith("benchmark.")]
    assert Path(script).is_file()
    answer = our_answer(f"run: {train(compose([*words, f'backend={backend}'])).folder}")
    assert answer["steps"] == STEPS
    assert 0 < answer["loss"] < 1
    assert not list(tmp_path.rglob("*.png"))
