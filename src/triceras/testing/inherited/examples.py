"""Examples of layers and losses: an object, and arrays to give to it."""

import dataclasses
import functools
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from triceras.config import build, check_target
from triceras.errors import UserError, one_line
from triceras.nearest import is_slip, nearest
from triceras.testing.inherited.deviations import Deviations
from triceras.testing.inherited.subjects import Subject, read, subjects

# Keras's class and the module of the project's package that holds its own, for each kind.
KINDS = {"layer": (keras.layers.Layer, "layers"), "objective": (keras.losses.Loss, "objectives")}
# What a layer without an example is tried on.
USUAL_SHAPE = [3, 4]


@dataclasses.dataclass(frozen=True)
class Example:
    """How to make a layer or a loss, and what to call it with.

    Args:
        subject: what it is an example of.
        make: makes it anew, from the same seed.
        arrays: descriptions of its arguments, see `array`.
        call: further arguments of its call.
        deviations: what its file says about its tests.
    """

    subject: Subject
    make: Callable[[], Any]
    arrays: Any
    call: dict[str, Any]
    deviations: Deviations

    def values(self) -> list[np.ndarray]:
        """The arrays themselves, the same ones each time."""
        generator = np.random.default_rng(0)
        return [array(described, generator) for described in self.arrays]


def found(kind: str, package: str) -> list[Subject]:
    """All examples of a kind, and all classes of a package that have none.

    Args:
        kind: `layer` or `objective`.
        package: the project's own; nothing in it is imported that is of another kind.
    """
    shown = subjects(kind)
    paths = [path_of(each) for each in classes(kind, package)]
    targets = [str(read(subject.path).get("_target_")) for subject in shown]
    # A misspelt name is the example's fault; its class does not lack one.
    meant = {other for target in targets if target not in paths for other in near(target, paths)}
    used = losses_of_models() if kind == "objective" else set()
    without = [
        Subject(kind, snake_case(path.rpartition(".")[2]))
        for path in paths
        if path not in {*targets, *used, *meant}
    ]
    return [*shown, *(subject for subject in without if subject not in shown)]


def near(target: str, paths: list[str]) -> list[str]:
    """The class that a name which is not quite its own must mean, or none."""
    return [path for path in nearest(target, paths)[:1] if is_slip(target, path)]


def check_exists(subject: Subject, config: DictConfig, package: str) -> None:
    """Checks that what an example names is there.

    Raises:
        UserError: it is not.
    """
    check_target(f"{subject} ({subject.file})", config)
    try:
        get_object(config._target_)
    except Exception as error:
        meant = near(config._target_, [path_of(each) for each in classes(subject.kind, package)])
        raise UserError(
            f"{subject}: {subject.file} names {config._target_}, which cannot be imported: "
            + (f"did you mean {meant[0]}?" if meant else one_line(error))
        ) from error


def losses_of_models() -> set[str]:
    """The losses that models minimise, which are tested with these."""
    configs = [read(subject.path) for kind in ("model", "experiment") for subject in subjects(kind)]
    losses = [c.get("loss") or (c.get("model") or {}).get("loss") for c in configs]
    return set(targets_within(losses))


def targets_within(tree: Any) -> Iterator[str]:
    """Each `_target_` of a loss, or of those of several outputs."""
    if isinstance(tree, dict):
        if "_target_" in tree:
            yield str(tree["_target_"])
        tree = list(tree.values())
    for one in tree if isinstance(tree, list) else ():
        yield from targets_within(one)


@functools.cache
def classes(kind: str, package: str) -> list[type]:
    """The public classes of a kind that a package defines."""
    base, module = KINDS[kind]
    return [
        each
        for module in modules(f"{package}.{module}")
        for name, each in inspect.getmembers(module, inspect.isclass)
        if each.__module__ == module.__name__
        and issubclass(each, base)
        and not issubclass(each, keras.Model)
        and not name.startswith("_")
        and not inspect.isabstract(each)
    ]


def modules(package: str) -> Iterator[Any]:
    """A package and all that is in it; nothing where there is no such package."""
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name and package.startswith(error.name):
            return
        raise
    yield root
    for info in pkgutil.walk_packages(getattr(root, "__path__", []), f"{package}."):
        yield importlib.import_module(info.name)


def example(subject: Subject, package: str) -> Example:
    """The example of a layer or an objective.

    Raises:
        UserError: there is none, and it cannot be guessed; or what it says is not allowed.
    """
    if subject.path.is_file():
        config = OmegaConf.load(subject.path)
        assert isinstance(config, DictConfig)
        check_exists(subject, config, package)
        tests = config.get("tests")
        said = OmegaConf.to_container(tests) if OmegaConf.is_config(tests) else tests
    else:
        matching = (
            each
            for each in classes(subject.kind, package)
            if snake_case(each.__name__) == subject.name
        )
        config, said = OmegaConf.create({"_target_": path_of(next(matching))}), None
    deviations = Deviations().add(subject.kind, said, subject.file)
    made = Example(
        subject,
        functools.partial(make, subject, config),
        arrays_of(subject, deviations),
        deviations.get("call", {}),
        deviations,
    )
    if not subject.path.is_file():
        check_guess(made, config)
    return made


def make(subject: Subject, config: DictConfig) -> Any:
    """Makes it anew, from the same seed."""
    keras.utils.set_random_seed(0)
    return build(str(subject), config)


def arrays_of(subject: Subject, deviations: Deviations) -> list[Any]:
    """The descriptions of its arguments."""
    if subject.kind == "layer":
        shape = deviations.get("input_shape", USUAL_SHAPE)
        several = bool(shape) and isinstance(shape[0], list)
        return deviations.get("inputs") or (shape if several else [shape])
    if deviations.get("y_true") is None or deviations.get("y_pred") is None:
        raise UserError(missing(subject, "tests: {y_true: <shape>, y_pred: <shape>}"))
    return [deviations.get("y_true"), deviations.get("y_pred")]


def check_guess(guess: Example, config: DictConfig) -> None:
    """Checks that a layer works without arguments on two axes."""
    try:
        guess.make()(*map(keras.ops.convert_to_tensor, guess.values()))
    except Exception as error:
        tried = f"{config._target_}() on an input of shape {tuple(USUAL_SHAPE)}"
        raise UserError(
            missing(guess.subject, "its arguments, and tests: {input_shape: <shape with a batch>}")
            + f" (tried was {tried}: {one_line(error)})"
        ) from error


def missing(subject: Subject, content: str) -> str:
    """What to do about an example that is missing."""
    if subject.path.is_file():
        return f"{subject}: {subject.file} does not say what to try it on: add {content}"
    return f"{subject} has no example: write {subject.file} with _target_, {content}"


def array(described: Any, generator: np.random.Generator) -> np.ndarray:
    """An array of random numbers.

    Args:
        described: its shape, for normal numbers in float32, or a dictionary: `shape`, and `dtype`,
            `low` and `high` (exclusive) for equally probable ones.
        generator: draws them.
    """
    if not isinstance(described, dict):
        return generator.normal(size=described).astype("float32")
    shape, dtype = described["shape"], described.get("dtype", "float32")
    low, high = described.get("low", 0), described.get("high", 1 if "float" in dtype else 2)
    if "float" in dtype:
        return generator.uniform(low, high, shape).astype(dtype)
    return generator.integers(low, high, shape).astype(dtype)


def path_of(each: type) -> str:
    """A class as `_target_` names it."""
    return f"{each.__module__}.{each.__qualname__}"


def snake_case(name: str) -> str:
    """`KLDivergence` as `kl_divergence`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
