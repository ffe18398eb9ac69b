"""What the contenders of one backend share, and which contenders there are."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras import kept_tensorflow
from triceras.benchmark.alternation import ROOT, Worker, ask
from triceras.config import files

Spec = dict[str, Any]


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
        return Worker(spec, self.own_environment(caches), self.log)

    def ask(self, spec: Spec, caches: Path) -> dict[str, Any]:
        """The one answer of a process."""
        return ask(spec, self.own_environment(caches), self.log)

    def own_environment(self, caches: Path) -> dict[str, str]:
        return self.with_cache(caches / secrets.token_hex(4))

    def with_cache(self, cache: Path) -> dict[str, str]:
        """The environment of a process that keeps there what it compiles."""
        names = ("TORCHINDUCTOR_CACHE_DIR", "JAX_COMPILATION_CACHE_DIR")
        environment = {**self.environment, **dict.fromkeys(names, str(cache))}
        if self.backend == "tensorflow":
            flags = self.environment.get(kept_tensorflow.FLAGS, "")
            environment |= kept_tensorflow.told(cache, flags)
        return environment

    @property
    def log(self) -> Path:
        """The file that what they print is added to."""
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


def without_backend(overrides: Sequence[str]) -> list[str]:
    """The overrides but for the choice of a backend."""
    return [override for override in overrides if not override.startswith("backend=")]


def on_backend(config: DictConfig, name: str) -> DictConfig:
    """The same configuration for another backend."""
    result = config.copy()
    result.backend = OmegaConf.load(files("backend")[name])
    return result


def has_several_objectives(config: DictConfig) -> bool:
    """Whether the network trains several losses in turn, which `fit` cannot."""
    # Of what a function builds only the optimizers tell, before it is built.
    return "_target_" not in config.optimizer or has_objectives(config)


def has_objectives(config: DictConfig) -> bool:
    """Whether the network is of a class with several objectives."""
    from hydra.utils import get_class

    os.environ.setdefault("KERAS_BACKEND", config.backend.name)
    try:
        return hasattr(get_class(config.model.network._target_), "objectives")
    except (ImportError, AttributeError, ValueError):
        # There is none, or it is built by a function.
        return False
