"""What hand-written code begins with, and whether it computes what ours does."""

import secrets
from pathlib import Path

from omegaconf import DictConfig

from triceras.benchmark.session import Session, Spec
from triceras.benchmark.summary import difference
from triceras.errors import UserError


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
        "overrides": [*session.overrides, *epsilons(session.config, settings.check_epsilon)],
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


def epsilons(config: DictConfig, epsilon: float) -> list[str]:
    """Overrides that give each optimizer of a configuration an epsilon."""
    if "_target_" in config.optimizer:
        return [f"optimizer.epsilon={epsilon}"]
    named = [name for name, one in config.optimizer.items() if "epsilon" in one]
    return [f"optimizer.{name}.epsilon={epsilon}" for name in named]
