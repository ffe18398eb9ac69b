"""What a run was: everything one needs to know to have it again."""

import importlib.metadata
import platform
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from triceras.tracking.redaction import redacted_arguments

ROOT = Path(__file__).parents[3]
PACKAGES = (
    "triceras",
    "keras",
    "jax",
    "jaxlib",
    "tensorflow",
    "tensorflow-cpu",
    "torch",
    "numpy",
    "hydra-core",
    "omegaconf",
    "wandb",
    "tensorboardX",
    "mlflow-skinny",
)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that matter, where they are installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def git_state() -> dict[str, Any]:
    """The commit of the project, wherever one stands, and whether files differ, or `None`s."""
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _git(*arguments: str) -> str | None:
    try:
        result = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, check=True, timeout=10, cwd=ROOT
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.strip()


def identity() -> dict[str, Any]:
    """The parts of `run.json` that are known before Keras is imported."""
    return {
        "argv": redacted_arguments(sys.argv),
        "git": git_state(),
        "versions": versions(),
        "host": socket.gethostname(),
        "platform": platform.platform(),
    }
