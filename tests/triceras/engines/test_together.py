"""Several seeds by one program: each curve is that of a run that is alone."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from triceras.commands.seeds import train_seeds
from triceras.config import compose
from triceras.data.dataset import Dataset, Split
from triceras.engines.together import fingerprint, same
from triceras.random.install import uninstall
from triceras.testing.runs import rows, run

SEEDS = 2
HELD, STOPS = f"{__name__}.Held", f"{__name__}.Stops"


@pytest.fixture(autouse=True)
def random_numbers_of_keras():
    """A run makes Keras's random numbers portable for the whole process."""
    yield
    uninstall()


class Held(keras.Model):
    """Holds, as a constant, what was drawn when it was made: another for each seed."""

    def __init__(self, classes, **other):
        super().__init__()
        self.held = np.random.normal(size=(64, 8)).astype("float32")
        self.last = keras.layers.Dense(classes)

    def build(self, input_shape):
        self.last.build((None, 8))

    def call(self, inputs):
        return self.last(keras.ops.matmul(inputs, self.held))


def build_turned(input_shape: tuple[int, ...], classes: int, **other: Any) -> keras.Model:
    """A model with an activation whose output lies in another order than its gradient."""

    def total(rows: Any) -> Any:
        factors = keras.ops.reshape(keras.ops.arange(1.0, 9.0), (8, 1, 1))
        return keras.ops.sum(keras.ops.transpose(rows, (1, 0, 2)) * factors, 0)

    layers = [keras.layers.Reshape((8, 8)), keras.layers.Dense(classes, "softplus")]
    return keras.Sequential([keras.Input(input_shape), *layers, keras.layers.Lambda(total)])


class Stops(keras.callbacks.Callback):
    """Stops the run of one seed after its first epoch."""

    def __init__(self, seed, own, **kwargs):
        super().__init__()
        self.stops = seed == own

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = self.stops


def shifted(**options: Any) -> Dataset:
    """Two parts of one shape, whose names are not in the order of the alphabet."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(96, 4)).astype("float32")
    parts = {"z": z, "a": 0.5 * z[:, ::-1].copy() + 1.0}
    train, validation, test = (
        Split({k: v[i : i + 32] for k, v in parts.items()}) for i in (0, 32, 64)
    )
    return Dataset("shifted", train, validation, test, inputs="z", labels="a")


def build_shifting(input_shape: tuple[int, ...]) -> keras.Model:
    """A linear model of as many outputs as inputs."""
    return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(input_shape[0])])


def together(folder: Path, backend: str, *overrides: str, seeds: int = SEEDS) -> list[Path]:
    """Trains several seeds; returns their folders."""
    words = ["logger=csv", "figures=none", f"output_dir={folder}", f"backend={backend}"]
    words += [*overrides, f"seeds_in_parallel={seeds}"]
    train_seeds(compose(words, resolve=False))
    return sorted(path.parent for path in folder.rglob("run.json"))


def numbers(path: Path) -> dict[str, np.ndarray]:
    """The columns of a table."""
    table = rows(path)
    return {name: np.array([float(row[name]) for row in table]) for name in table[0]}


def farthest(some: Path, other: Path) -> float:
    """The largest difference of two runs in all that steps and epochs have recorded."""
    found = 0.0
    for name in ("steps.csv", "epochs.csv"):
        a, b = numbers(some / name), numbers(other / name)
        assert a.keys() == b.keys()
        for key in a:
            scale = np.maximum(np.abs(b[key]), 1e-2)
            found = max(found, float(np.max(np.abs(a[key] - b[key]) / scale)))
    return found


def check_last(folders: list[Path], place: Path, backend: str, *words: str) -> None:
    """Checks that the last of some seeds is what it is alone."""
    alone = run(place, backend, *words, f"seed={len(folders) - 1}")
    assert farthest(folders[-1], alone.folder) < 1e-5


@pytest.mark.slow
@pytest.mark.in_turn
def test_each_curve_is_that_of_a_run_alone(tmp_path, backend, short, capsys):
    words = ["experiment=autoencoder", "max_steps=20"]
    folders = together(tmp_path / "together", backend, *words)
    assert "programs" not in capsys.readouterr().err
    assert farthest(folders[0], short.folder) < 1e-5
    check_last(folders, tmp_path / "alone", backend, *words)


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(
    ("experiment", "steps", "seeds"),
    # With a call of fewer steps at the end, and with more than two, one of them alone.
    [("adversaries", 10, SEEDS), ("classifier", 12, 3), ("convolutional", 10, SEEDS)],
)
def test_what_they_train_does_not_matter(tmp_path, backend, experiment, steps, seeds, capsys):
    words = [f"experiment={experiment}", f"max_steps={steps}", "loop.steps_per_call=5"]
    folders = together(tmp_path / "together", backend, *words, seeds=seeds)
    assert "programs" not in capsys.readouterr().err
    check_last(folders, tmp_path / "alone", backend, *words)


@pytest.mark.slow
@pytest.mark.in_turn
def test_parts_are_not_taken_for_each_other(tmp_path, backend):
    words = [
        "experiment=linear",
        "max_steps=4",
        "batch_size=16",
        f"data._target_={__name__}.shifted",
        f"model.network._target_={__name__}.build_shifting",
        "model.targets=a",
        "~model.loss.from_logits",
        "model.loss._target_=keras.losses.MeanSquaredError",
        "model.metrics=[]",
    ]
    folders = together(tmp_path / "together", backend, *words)
    check_last(folders, tmp_path / "alone", backend, *words)


@pytest.mark.slow
@pytest.mark.once
def test_data_that_stay_on_the_host_are_each_run_s_own(tmp_path, backend):
    words = ["experiment=linear", "max_steps=6", "loop.device_data_mb=0"]
    folders = together(tmp_path / "together", backend, *words)
    check_last(folders, tmp_path / "alone", backend, *words)


@pytest.mark.slow
@pytest.mark.in_turn
def test_gradients_that_lie_in_another_order_are_stacked(tmp_path, backend):
    words = ["experiment=linear", "max_steps=4", f"model.network._target_={__name__}.build_turned"]
    folders = together(tmp_path / "together", backend, *words)
    check_last(folders, tmp_path / "alone", backend, *words)


@pytest.mark.slow
@pytest.mark.in_turn
def test_what_holds_other_constants_is_not_computed_by_the_same_program(tmp_path, backend, capsys):
    words = ["experiment=linear", "max_steps=4", f"model.network._target_={HELD}"]
    folders = together(tmp_path / "together", backend, *words)
    assert "the steps of 2 runs are computed by 2 programs" in capsys.readouterr().err
    check_last(folders, tmp_path / "alone", backend, *words)


@pytest.mark.slow
@pytest.mark.in_turn
def test_one_that_stops_early_leaves_the_others_as_they_are(tmp_path, backend, capsys):
    stops = f"+callback.stops={{_target_: {STOPS}, seed: 0, own: ${{seed}}}}"
    words = ["experiment=linear", "epochs=2", stops]
    first, second = together(tmp_path / "together", backend, *words)
    assert "programs" not in capsys.readouterr().err
    # Of its two calls each was for a program that had to be made.
    assert json.loads((second / "summary.json").read_text())["steps_per_second"] is None
    assert len(numbers(first / "epochs.csv")["epoch"]) == 1
    assert len(numbers(second / "epochs.csv")["epoch"]) == 2
    # The data of its last evaluation are others than those of the first one's at the same time.
    check_last([first, second], tmp_path / "alone", backend, *words)


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["optimizer.gradient_accumulation_steps=2"],
        ["+optimizer.use_ema=true", "+optimizer.ema_overwrite_frequency=3"],
    ],
    ids=["accumulated", "overwritten"],
)
def test_what_an_optimizer_does_in_some_steps_alone(tmp_path, backend, words, capsys):
    words = ["experiment=linear", "optimizer=adam", "max_steps=8", *words]
    folders = together(tmp_path / "together", backend, *words)
    assert "eagerly" not in capsys.readouterr().err
    check_last(folders, tmp_path / "alone", backend, *words)


def test_operations_and_constants_tell_steps_apart():
    a, b = np.ones(3, "float32"), np.zeros(3, "float32")
    assert fingerprint("x", [a]) == fingerprint("x", [a.copy()])
    different = {fingerprint(*each) for each in (("x", [a]), ("y", [a]), ("x", [b]), ("x", []))}
    assert len(different) == 4


def test_the_same_objects_are_the_same_and_equal_ones_are_not():
    a = np.ones(3)
    assert same([a], [a])
    assert not same([a], [a.copy()])


def test_functions_on_the_host_tell_steps_apart(backend):
    if backend != "jax":
        pytest.skip("callbacks of JAX")
    import jax

    from triceras.engines.jax_together import JaxTogether

    def step_times(factor):
        def times(x):
            return np.float32(factor) * x

        def step(state, data):
            return [jax.pure_callback(times, state[0], state[0])], {"loss": data["x"].sum()}

        return step

    example = ([keras.ops.ones((3,))], {"x": keras.ops.ones((2,))})
    one, other = (JaxTogether().step(None, step_times(factor), example) for factor in (1, 2))
    assert one.fingerprint != other.fingerprint


def test_a_step_is_what_was_traced_where_pytorch_loses_a_change(backend):
    if backend != "torch":
        pytest.skip("views of PyTorch")
    from triceras.engines.torch_together import TorchTogether

    def step(state, data, rows):
        x = state[0].clone()
        x.expand(2, 4).t().zero_()
        return [x + rows.sum()], {"loss": data["x"].sum()}

    example = ([keras.ops.ones((4,))], {"x": keras.ops.ones((2,))}, np.zeros(2, "int32"))
    found = TorchTogether().step(None, step, example)
    flat = [keras.ops.convert_to_tensor(a) for a in keras.tree.flatten(example)]
    assert found.function(*flat)[0].tolist() == [0, 0, 0, 0]
