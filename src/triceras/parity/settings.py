"""Checks what a person tells the parity check, before anything slow happens."""

from collections.abc import Iterable, Sequence

from omegaconf import DictConfig, OmegaConf

from triceras import devices, settings
from triceras.backend import BACKENDS, installed
from triceras.config import files
from triceras.errors import UserError
from triceras.packages import how_to_install
from triceras.parity.evidence import PARTS

LISTS = ("backends", "loops")
# Keys of a training run that a parity check sets by itself, and by which of its own.
OWN_KEYS = {"backend": "backends", "loop": "loops", "max_steps": "steps", "epochs": "steps"}
TOLERANCES = (*PARTS, "loss", "loops")


def with_lists(arguments: Sequence[str]) -> list[str]:
    """Lets `loops=custom,fit` mean `loops=[custom,fit]`, which Hydra would take for a sweep."""
    found = []
    for argument in arguments:
        key, _, value = argument.partition("=")
        plain = key in LISTS and value and not value.startswith(("[", "null"))
        found.append(f"{key}=[{value}]" if plain else argument)
    return found


def check(config: DictConfig, overrides: Iterable[str]) -> list[str]:
    """Checks the settings of a parity check, those of its training runs included.

    Args:
        config: see `conf/parity.yaml`.
        overrides: what the command line said.

    Returns:
        The backends to compare.

    Raises:
        UserError: a value is not an allowed one, a backend is not installed, or nothing would be
            compared.
    """
    for override in overrides:
        key, _, value = override.partition("=")
        own = OWN_KEYS.get(key.lstrip("+~"))
        if own:
            raise UserError(f"{override} says nothing here: use {own}={value}")
        if key.lstrip("+~") == "resume":
            raise UserError(f"{override} says nothing here: a parity check always begins anew")
    for key in ("steps", "jobs"):
        if key != "steps" or config.steps is not None:
            settings.check_whole(key, config[key])
    for key in ("repeat", "chaos"):
        if not isinstance(config[key], bool):
            raise UserError(f"{key}={config[key]} is unknown: use one of true, false")
    settings.check(config)
    devices.refuse(config, "scripts/parity.py")
    check_tolerances(config.tolerance)
    known_loops = list(files("loop"))
    loops = chosen(config, "loops", known_loops)
    backends = chosen_backends(config)
    check_compared(backends, loops, config.repeat)
    return backends


def chosen_backends(config: DictConfig) -> list[str]:
    """The backends to compare, each of which is installed."""
    if config.backends is None:
        if not installed():
            raise UserError("no backend is installed here: make setup BACKEND=all")
        return installed()
    backends = chosen(config, "backends", BACKENDS)
    for name in backends:
        if name not in installed():
            raise UserError(
                f"backends={name} is not installed here: make setup BACKEND={name}, or "
                f"{how_to_install(name)}"
            )
    return backends


def check_compared(
    backends: Sequence[str], loops: Sequence[str], repeat: bool, fit: bool = True
) -> None:
    """Checks that something is compared, without which all of it would have passed.

    Args:
        backends: to compare.
        loops: to compare on each backend.
        repeat: whether each backend is compared with itself.
        fit: whether the model can be trained by other loops than the first.

    Raises:
        UserError: nothing would be, but what rounding alone does, which counts for no verdict.
    """
    if len(backends) > 1 or (fit and len(loops) > 1) or repeat:
        return
    one = f"nothing to compare: there is one backend ({backends[0]}), and"
    if fit:
        raise UserError(f"{one} one loop ({loops[0]}): use more backends or loops, or repeat=true")
    raise UserError(
        f"{one} only loop={loops[0]} can train this model, which has several objectives: use more "
        "backends, or repeat=true"
    )


def chosen(config: DictConfig, key: str, known: Sequence[str]) -> list[str]:
    """A list of different names, each of them known."""
    names = OmegaConf.to_container(config)[key]  # pyright: ignore
    if not isinstance(names, list) or not names or len(set(map(str, names))) < len(names):
        raise UserError(f"{key}={names} is no list of different names: use some of {known}")
    for name in names:
        if name not in known:
            raise UserError(f"{key}={name} is unknown: use some of {', '.join(known)}")
    return names


def check_tolerances(tolerance: DictConfig) -> None:
    """Checks that there is a number for each tolerance, and nothing else."""
    for name, value in tolerance.items():
        if name not in TOLERANCES:
            raise UserError(f"tolerance.{name} is unknown: use one of {', '.join(TOLERANCES)}")
        if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
            raise UserError(f"tolerance.{name}={value} is no number of at least 0: give one")
