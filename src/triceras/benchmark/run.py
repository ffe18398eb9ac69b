"""A whole benchmark, from a configuration to a folder of results."""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from triceras import settings
from triceras.backend import installed
from triceras.benchmark import report
from triceras.benchmark.alternation import ROOT, Worker, alternate, ask, steps_in
from triceras.benchmark.summary import difference, ratios, startup, summarize
from triceras.config import FOLDER
from triceras.errors import UserError
from triceras.machine import cores, processor
from triceras.runs.folder import new_folder, write_json
from triceras.runs.identity import identity
from triceras.runs.record import now

LEAST = ("rounds", "prepared_steps", "planned_steps", "check_steps", "scale_steps")
Spec = dict[str, Any]


def benchmark(config: DictConfig) -> Path:
    """Measures what a configuration describes.

    The last line that it prints is `benchmark: <folder>`.

    Args:
        config: as `scripts/benchmark.py` is given it; see `conf/benchmark.yaml`.

    Returns:
        The folder, with `result.json`, `table.md`, a picture, and the output of each contender.

    Raises:
        UserError: a setting is not an allowed one, or a contender failed or computes something
            else.
    """
    check(config)
    overrides = list(HydraConfig.get().overrides.task)
    named = any(override.startswith("backend=") for override in overrides)
    backends = [config.backend.name] if named else installed()
    if not backends or config.backend.name not in installed():
        # The message of a training run, and where it would raise another, that one.
        from triceras import backend

        backend.use(config.backend.name)
    folder = new_folder(Path(config.output_dir) / "benchmark" / config.experiment)
    measure = measure_scale if config.benchmark.scale else measure_speed
    result: dict[str, Any] = {
        "experiment": config.experiment,
        "scale": config.benchmark.scale,
        "overrides": overrides,
        "processor": processor(),
        "cores": cores(),
        **identity(),
    }
    tables = []
    try:
        OmegaConf.save(config, folder / "config.yaml", resolve=True)
        for name in backends:
            session = Session(folder, on_backend(config, name), without_backend(overrides))
            result.setdefault("backends", {})[name] = measure(session)
            result["ended"] = now()
            write_json(folder / "result.json", result)
        tables = report_tables(config, result)
        (folder / "table.md").write_text("\n\n".join(tables) + "\n")
        print("\n" + "\n\n".join(tables) + "\n")
        draw(config, result, folder)
    finally:
        print(f"benchmark: {folder}", flush=True)
    return folder


def check(config: DictConfig) -> None:
    """Checks the settings before anything slow happens.

    Raises:
        UserError: one is not allowed.
    """
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        raise UserError("-m is not for benchmarks, whose parts must alternate: leave it out")
    settings.check(config)
    for name in LEAST:
        value = config.benchmark[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise UserError(f"benchmark.{name}={value} is no whole number of at least 1: give one")
    seconds = config.benchmark.seconds_per_round
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise UserError(f"benchmark.seconds_per_round={seconds} is not above 0: give seconds")


def without_backend(overrides: Sequence[str]) -> list[str]:
    """The overrides but for the choice of a backend."""
    return [override for override in overrides if not override.startswith("backend=")]


def on_backend(config: DictConfig, name: str) -> DictConfig:
    """The same configuration for another backend."""
    result = config.copy()
    result.backend = OmegaConf.load(FOLDER / "backend" / f"{name}.yaml")
    return result


class Session:
    """What the contenders of one backend share.

    Args:
        folder: where their output is kept.
        config: of the backend.
        overrides: those of the command line, but for the backend.
    """

    def __init__(self, folder: Path, config: DictConfig, overrides: Sequence[str]):
        self.folder = folder
        self.config = config
        self.backend = backend = config.backend.name
        self.overrides = [*overrides, f"backend={backend}"]
        environment = {**self.config.benchmark.environment, **self.config.backend.environment}
        self.environment = {key: str(value) for key, value in environment.items()} | os.environ
        self.environment["KERAS_BACKEND"] = backend

    def worker(self, spec: Spec, caches: Path) -> Worker:
        """Starts a process; with a cache of its own, so that what it compiles it compiles itself.

        Args:
            spec: what it is to do.
            caches: a folder for the cache.
        """
        return Worker(spec, self.own_environment(caches), self.log(spec))

    def ask(self, spec: Spec, caches: Path) -> dict[str, Any]:
        """The one answer of a process."""
        return ask(spec, self.own_environment(caches), self.log(spec))

    def own_environment(self, caches: Path) -> dict[str, str]:
        cache = str(caches / secrets.token_hex(4))
        names = ("TORCHINDUCTOR_CACHE_DIR", "JAX_COMPILATION_CACHE_DIR")
        return {**self.environment, **dict.fromkeys(names, cache)}

    def log(self, spec: Spec) -> Path:
        return self.folder / f"{self.backend}.log"

    @property
    def module(self) -> str | None:
        """The module of the hand-written code for this experiment, if there is any."""
        place = Path("benchmarks", "peers", self.config.experiment, f"{self.backend}.py")
        if not (ROOT / place).exists():
            return None
        return ".".join(place.with_suffix("").parts)

    def keras_specs(self, steps_per_call: int, scale: bool) -> dict[str, Spec]:
        """The contenders that train our Keras model, by name."""
        planned = self.config.benchmark.planned_steps
        shared = {
            "role": "keras",
            "overrides": self.overrides,
            "steps_per_call": steps_per_call,
            "planned_steps": planned,
        }
        specs = {"ours": {**shared, "kind": "ours", "form": "ours"}}
        if scale:
            return specs
        if has_several_objectives(self.config):
            print(
                f"{self.backend}: {self.config.experiment} has several objectives: no fit and no "
                "guide's loop"
            )
            return specs
        for name in ("fit", "guide"):
            specs[name] = {**shared, "kind": name, "form": name}
        return specs

    def native_specs(
        self, steps_per_call: int, inputs: Path, caches: Path, kinds: Sequence[str]
    ) -> dict[str, Spec]:
        """The hand-written contenders of some kinds, by name."""
        if self.module is None:
            return {}
        forms = self.ask({"role": "list", "module": self.module}, caches)
        shared = {
            "role": "native",
            "module": self.module,
            "inputs": str(inputs),
            "steps_per_call": steps_per_call,
        }
        return {
            form: {**shared, "kind": kind, "form": form} for kind in kinds for form in forms[kind]
        }


def has_several_objectives(config: DictConfig) -> bool:
    """Whether the network is of a class that trains several losses in turn, which `fit` cannot."""
    from hydra.utils import get_class

    os.environ.setdefault("KERAS_BACKEND", config.backend.name)
    try:
        return hasattr(get_class(config.model.network._target_), "objectives")
    except Exception:
        # A function that builds a model.
        return False


@contextlib.contextmanager
def started(session: Session, specs: dict[str, Spec], caches: Path) -> Iterator[dict[str, Any]]:
    """Starts contenders one after another; yields each with its first answer, then ends them."""
    running: dict[str, tuple[Worker, dict[str, Any]]] = {}
    try:
        for name, spec in specs.items():
            worker = session.worker(spec, caches)
            running[name] = (worker, {})
            running[name] = (worker, worker.answer())
        yield running
    finally:
        for worker, _ in running.values():
            worker.stop()


def measure(session: Session, specs: dict[str, Spec], caches: Path) -> dict[str, Any]:
    """Times contenders in turn; returns by name what is in `result.json` of each."""
    settings = session.config.benchmark
    with started(session, specs, caches) as running:
        steps = {
            name: steps_in(
                settings.seconds_per_round, ready["call_seconds"], specs[name]["steps_per_call"]
            )
            for name, (_, ready) in running.items()
        }
        workers = {name: worker for name, (worker, _) in running.items()}
        rounds = alternate(workers, steps, settings.rounds)
        return {
            name: {
                "kind": specs[name]["kind"],
                "steps_per_round": steps[name],
                **rounds[name],
                "summary": summarize(rounds[name]),
                "mean_loss": ready["mean_loss"],
                "seconds": startup(ready, worker.started, specs[name]["steps_per_call"]),
            }
            for name, (worker, ready) in running.items()
        }


def check_natives(
    session: Session, specs: dict[str, Spec], inputs: Path, caches: Path
) -> dict[str, float]:
    """Checks that hand-written code has our losses, where it is given our noise.

    Returns:
        By name, the largest relative difference of a loss.

    Raises:
        UserError: it is above the tolerance.
    """
    settings = session.config.benchmark
    reference = {
        "role": "reference",
        "overrides": [*session.overrides, f"optimizer.epsilon={settings.check_epsilon}"],
        "inputs": str(inputs),
        "steps_per_call": settings.check_steps,
        "steps": settings.check_steps,
    }
    ours = session.ask(reference, caches)["losses"]
    differences = {}
    for name, spec in specs.items():
        checked = {**spec, "role": "check", "inputs": str(inputs), "steps": settings.check_steps}
        losses = session.ask(checked, caches)["losses"]
        differences[name] = difference(losses, ours)
        print(f"{session.backend}: {name}: losses differ from ours by {differences[name]:.1e}")
        if not differences[name] <= settings.check_tolerance:
            raise UserError(
                f"{name} on {session.backend} does not compute what ours does: a loss differs by "
                f"{differences[name]:.1e}; are the experiment's model, optimizer and data changed "
                "so that benchmarks/peers no longer fits them?"
            )
    return differences


def prepare(session: Session, steps_per_call: int, caches: Path) -> tuple[Path, str]:
    """Writes what hand-written code begins with; returns the file, and the device's name."""
    inputs = caches / f"{secrets.token_hex(4)}.npz"
    spec = {
        "role": "reference",
        "overrides": session.overrides,
        "inputs": str(inputs),
        "steps_per_call": steps_per_call,
        "steps": 0,
    }
    return inputs, session.ask(spec, caches)["device"]


def measure_speed(session: Session) -> dict[str, Any]:
    """Compares all contenders of a backend."""
    config = session.config
    steps_per_call = min(config.loop.get("steps_per_call", 100), config.benchmark.prepared_steps)
    differences: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="triceras-benchmark-") as name:
        caches = Path(name)
        specs = session.keras_specs(steps_per_call, scale=False)
        device = None
        if session.module is None:
            print(f"{session.backend}: no hand-written code for {config.experiment}, so none here")
        else:
            inputs, device = prepare(session, steps_per_call, caches)
            kinds = ("expert's", "people's")
            native = session.native_specs(steps_per_call, inputs, caches, kinds)
            differences = check_natives(session, native, caches / "check.npz", caches)
            ours = {"ours": specs.pop("ours")}
            specs = {**ours, **native, **specs}
        contenders = measure(session, specs, caches)
    return {
        "device": device,
        "batch_size": config.batch_size,
        "differences": differences,
        "contenders": contenders,
        "ratios": ratios(contenders),
    }


def measure_scale(session: Session) -> dict[str, Any]:
    """Compares ours with the expert's over sizes of the batch and of the hidden layers."""
    config = session.config
    if session.module is None:
        raise UserError(
            f"benchmark.scale=true needs hand-written code for {config.experiment} in "
            f"benchmarks/peers/{config.experiment}/"
        )
    depth = len(config.model.network.hidden_units)
    usual = config.model.network.hidden_units[0]
    sizes = [(size, usual) for size in config.benchmark.batch_sizes]
    sizes += [(config.batch_size, units) for units in config.benchmark.hidden_units]
    points = []
    for batch_size, units in dict.fromkeys(sizes):
        layers = ",".join([str(units)] * depth)
        sized = Session(
            session.folder,
            config,
            [
                *without_backend(session.overrides),
                f"batch_size={batch_size}",
                f"model.network.hidden_units=[{layers}]",
                f"benchmark.prepared_steps={config.benchmark.scale_steps}",
            ],
        )
        with tempfile.TemporaryDirectory(prefix="triceras-benchmark-") as name:
            caches, steps = Path(name), config.benchmark.scale_steps
            inputs, _ = prepare(sized, steps, caches)
            native = sized.native_specs(steps, inputs, caches, ("expert's",))
            contenders = measure(sized, {**sized.keras_specs(steps, scale=True), **native}, caches)
        ratio = ratios(contenders)["expert's"]
        points.append(
            {
                "backend": session.backend,
                "batch_size": batch_size,
                "hidden_units": units,
                "ours": contenders["ours"]["summary"]["median"],
                "expert": contenders[ratio["to"]]["summary"]["median"],
                "ratio": ratio["median"],
                "least": ratio["least"],
                "most": ratio["most"],
                "contenders": contenders,
            }
        )
        print(
            f"{session.backend}: batch {batch_size}, {units} hidden units: "
            f"ours / expert's {ratio['median']:.2f}",
            flush=True,
        )
    return {"batch_size": config.batch_size, "hidden_units": usual, "points": points}


def report_tables(config: DictConfig, result: dict[str, Any]) -> list[str]:
    """The tables of a result, in Markdown."""
    if config.benchmark.scale:
        points = [point for each in result["backends"].values() for point in each["points"]]
        return [report.scale_table(config.experiment, points)]
    return [
        report.speed_table(config.experiment, name, each)
        for name, each in result["backends"].items()
    ]


def draw(config: DictConfig, result: dict[str, Any], folder: Path) -> None:
    """Draws the picture of a result."""
    # The style belongs to Keras's side of the project, which none of the measuring needs.
    os.environ.setdefault("KERAS_BACKEND", next(iter(result["backends"])))
    from triceras.benchmark import picture

    figure = picture.scale(result) if config.benchmark.scale else picture.speed(result)
    name = "scale.png" if config.benchmark.scale else "speed.png"
    figure.savefig(folder / name)
    print(f"picture: {folder / name}")


def read(folder: Path) -> dict[str, Any]:
    """What `result.json` of a benchmark says."""
    return json.loads((folder / "result.json").read_text())
