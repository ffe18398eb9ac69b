"""What training a model or an experiment is tested for, most of it in one run of 100 steps."""

import csv
import functools
import shutil
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from triceras.commands.train import Outcome, train
from triceras.config import build
from triceras.engines.objective import objectives_of
from triceras.errors import UserError
from triceras.modelling.build import build_model
from triceras.modelling.set_up import set_up_keras
from triceras.parity import probe
from triceras.parity.evidence import Tensors
from triceras.runs.step_files import number, step_files
from triceras.testing.inherited.configuration import (
    configuration,
    in_loop,
    parity_steps,
    tolerance,
    with_checkpoint_half_way,
)
from triceras.testing.inherited.differences import relative
from triceras.testing.inherited.going_on import Compiled
from triceras.testing.inherited.harness import few_programs
from triceras.testing.inherited.subjects import Subject
from triceras.testing.kills import differing, forget_after

FEW = 2
# What metrics of two loops may differ by, relatively: they are added up in another order.
METRICS = 1e-3


class Training:
    """Runs of a model or an experiment.

    Args:
        subject: a model or an experiment.
        backend: the backend of this process.
        folder: where the run folders go.
    """

    def __init__(self, subject: Subject, backend: str, folder: Path):
        self.subject = subject
        self.config, self.deviations = configuration(subject, backend)
        self.of_hydra = HydraConfig.instance().cfg
        self.resumable = with_checkpoint_half_way(self.config, str(folder / "outputs"))
        self.folder = folder
        self.compiled = Compiled()

    @functools.cached_property
    def whole(self) -> Outcome:
        """The run of all steps in the custom loop, as scripts/train.py would make it."""
        with self.compiled.kept():
            return train(self.resumable.copy())

    @functools.cached_property
    def steps(self) -> dict[str, np.ndarray]:
        """What `steps.csv` holds of it, by column."""
        return read_steps(self.whole.folder)

    @property
    def curves(self) -> Tensors:
        """The loss of each objective, in the steps that are compared."""
        names = [objective.name for objective in objectives_of(self.whole.objects["model"])]
        return {name: self.steps[name][: parity_steps(self.config)] for name in names}

    def check_loops(self) -> None:
        """Checks that Keras's `fit` gives the curve and the metrics of the custom loop."""
        if callable(getattr(self.whole.objects["model"], "objectives", None)):
            self.check_refusal("fit")
            return
        fit = in_loop(self.config, "fit")
        fit.output_dir = self.resumable.output_dir
        outcome = train(fit)
        self.check_curve("fit", {"loss": read_steps(outcome.folder)["loss"]})
        self.check_metrics(outcome.summary["metrics"])

    def check_curve(self, loop: str, losses: Tensors) -> None:
        """Checks that a loop gives the curve of the custom one."""
        allowed = tolerance(self.config, self.deviations, "loops")
        for name, curve in self.curves.items():
            steps = min(len(curve), len(losses[name]))
            apart = relative(curve[:steps], losses[name][:steps])
            step = int(np.argmax(apart > allowed))
            assert np.all(apart <= allowed), (
                f"{self.subject}: loop={loop} is {apart[step]:.1e} from loop=custom at step "
                f"{step} ({allowed:g} is allowed, unless {self.subject.file} says tests.tolerance "
                "and why)"
            )

    def check_metrics(self, metrics: Mapping[str, float]) -> None:
        """Checks that a loop reports the metrics of the custom one, after as many steps."""
        wanted = self.whole.summary["metrics"]
        names = set(metrics) ^ set(wanted)
        assert not names, f"{self.subject}: one loop alone reports {', '.join(sorted(names))}"
        if parity_steps(self.config) < self.config.max_steps:
            return  # So many steps later, curves need not be the same any more.
        allowed = max(METRICS, tolerance(self.config, self.deviations, "loops"))
        for name, value in wanted.items():
            near = abs(metrics[name] - value) <= allowed * abs(value) + 1e-6
            assert near, f"{self.subject}: {name} is {value} in one loop and {metrics[name]}"

    def check_refusal(self, loop: str) -> None:
        """Checks that `fit`, which has one objective, says that it cannot train several."""
        refused = ""
        try:
            self.trained(in_loop(self.config, loop))
        except UserError as error:
            refused = str(error)
        told = f"loop={loop} says of several objectives: {refused or 'nothing'}"
        assert "several objectives" in refused, told

    def check_learning(self) -> None:
        """Checks that a loss falls, or what else was said to fall or to rise, on average."""
        falls, rises = (self.deviations.get(key) for key in ("falls", "rises"))
        measure = falls or rises or "loss"
        found = next((n for n in (measure, f"running_{measure}") if n in self.steps), None)
        known = ", ".join(name.removeprefix("running_") for name in self.steps if name != "step")
        assert found, f"{self.subject}: tests name {measure}, and there are {known}"
        quarters = np.array_split(self.steps[found], 4)
        before, after = quarters[0].mean(), quarters[-1].mean()
        learns = after > before if rises else after < before
        assert learns, (
            f"{self.subject}: {measure} was {before:.5g} in the first quarter of "
            f"{len(self.steps[found])} steps and {after:.5g} in the last: it learns nothing, or "
            f"tests.falls or tests.rises must name another of {known}"
        )

    def check_resume(self) -> None:
        """Checks that a run that goes on half-way is the run that was never stopped."""
        whole = self.whole.folder
        copy = Path(shutil.copytree(whole, self.folder / "resumed"))
        last, middle = map(number, step_files(copy / "checkpoints")[:2])
        assert 0 < middle < last, f"{self.subject}: no checkpoint half-way"
        forget_after(copy, middle)
        config = self.resumable.copy()
        config.resume = str(copy)
        # What was typed is compared with what the run began with.
        HydraConfig.instance().cfg = self.of_hydra
        with self.compiled.used():
            train(config)
        found = differing(whole, copy)
        assert not found, (
            f"{self.subject}: what goes on after step {middle} differs from what was not stopped "
            f"in {', '.join(found)}: is there state that is no variable of Keras's?"
        )

    def check_mixed_precision(self) -> None:
        """Checks that half precision trains, and leaves the weights in float32."""
        half = self.short()
        half.precision = "mixed_bfloat16"
        try:
            set_up_keras(half)
            data = build("data", half.data)
            variables = build_model(half.model, half.optimizer, data).trainable_variables
            others = [f"{v.path} ({v.dtype})" for v in variables if v.dtype != "float32"]
            assert not others, f"{self.subject}: weights are not float32: {', '.join(others)}"
            losses = self.trained(half)
        finally:
            keras.config.set_dtype_policy("float32")
        for name, curve in losses.items():
            assert np.all(np.isfinite(curve)), f"{self.subject}: {name} is {curve}"

    def short(self) -> DictConfig:
        """The first steps; one by one, where that is sooner than compiling."""
        config = in_loop(self.config, "custom")
        config.max_steps = min(FEW, config.max_steps)
        config.loop.steps_per_call = config.max_steps
        config.compile = few_programs()
        return config

    def trained(self, config: DictConfig) -> Tensors:
        """The losses of a run that leaves nothing behind."""
        return probe.train(config, build("data", config.data), moved=False)[0]


def read_steps(folder: Path) -> dict[str, np.ndarray]:
    """The columns of a run's `steps.csv`."""
    with open(folder / "steps.csv") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
