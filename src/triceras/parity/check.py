"""The parity check, from a configuration to a folder with a table, a JSON file and a picture."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from triceras import backend, settings
from triceras.config import build
from triceras.errors import UserError
from triceras.loops.length import total_steps
from triceras.parity import report
from triceras.parity.compare import Comparison, compare_all
from triceras.parity.evidence import Evidence
from triceras.parity.settings import check, check_compared
from triceras.runs.folder import new_folder, write_json
from triceras.words import settled

# That are compared where nobody says how many.
MOST_STEPS = 1000


class ParityError(UserError):
    """The computations differ by more than is allowed."""


def parity(config: DictConfig, overrides: Sequence[str]) -> list[Comparison]:
    """Runs an experiment on several backends and compares what they computed.

    The last line that it prints is `parity: <folder>`.

    Args:
        config: as `scripts/parity.py` is given it; see `conf/parity.yaml`.
        overrides: from which it was composed, for the processes.

    Returns:
        All comparisons, which have passed.

    Raises:
        ParityError: a comparison has not passed.
        UserError: something is wrong with what the user gave, or a run failed.
    """
    backends = check(config, overrides)
    overrides = settled(config, overrides)
    backend.use(backends[0])
    data = build("data", config.data)
    settings.check_data(config, data)
    if config.steps is None:
        config.steps = own_steps(config, len(data.train))
        overrides = [*overrides, f"steps={config.steps}"]
    folder = new_folder(Path(config.output_dir) / "parity" / config.experiment)
    try:
        OmegaConf.save(config, folder / "config.yaml", resolve=True)
        evidence = collect(config, overrides, backends, folder)
        fit = all(one.facts["fit"] for one in evidence.values())
        check_compared(backends, config.loops, config.repeat, fit)
        comparisons = compare_all(evidence, backends, config.tolerance)
        content = report.content(config, overrides, evidence, comparisons)
        write_json(folder / "parity.json", content)
        (folder / "table.md").write_text(report.markdown([content]) + "\n")
        # Imports Keras, as all figures do.
        from triceras.parity.picture import draw

        draw(config, evidence, comparisons).savefig(folder / "parity.png")
        report.show(config, comparisons, evidence)
        print(f"picture: {folder / 'parity.png'}")
    finally:
        print(f"parity: {folder}", flush=True)
    if not all(comparison.passed for comparison in comparisons):
        raise ParityError(report.failure(comparisons))
    return comparisons


def own_steps(config: DictConfig, examples: int) -> int:
    """The steps of the experiment itself, but no more than take minutes."""
    steps = total_steps(examples // config.batch_size, config.epochs, config.max_steps)
    return min(steps, MOST_STEPS)


def collect(
    config: DictConfig, overrides: Sequence[str], backends: Sequence[str], folder: Path
) -> dict[str, Evidence]:
    """Runs all processes; returns their evidence by label, as `compare_all` takes it."""
    shares = {name: [f"backend={name}"] for name in backends}
    if config.repeat:
        shares |= {f"{name}-again": [f"backend={name}"] for name in backends}
    if config.chaos:
        shares[f"{backends[0]}-moved"] = [f"backend={backends[0]}", f"loops=[{config.loops[0]}]"]
    with ThreadPoolExecutor(config.jobs) as pool:
        running = {
            label: pool.submit(run_probe, folder / label, [*overrides, *own])
            for label, own in shares.items()
        }
        try:
            return {label: process.result() for label, process in running.items()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def run_probe(path: Path, overrides: Sequence[str]) -> Evidence:
    """Runs `triceras.parity.probe` in a process of its own, with a log beside what it leaves.

    Raises:
        UserError: it failed; the log says where.
    """
    print(f"{path.name} runs", flush=True)
    moved = ["--moved"] if path.name.endswith("-moved") else []
    command = [sys.executable, "-m", "triceras.parity.probe", *moved, str(path), *overrides]
    log = path.with_suffix(".log")
    # The backend's own settings must not be another's.
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    with open(log, "w") as file:
        done = subprocess.run(
            command, stdout=file, stderr=subprocess.STDOUT, env=environment, check=False
        )
    if done.returncode:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        reason = lines[-1].removeprefix("error: ") if lines else f"exit code {done.returncode}"
        raise UserError(f"{path.name}: {reason} (see {log})")
    return Evidence.load(path)
