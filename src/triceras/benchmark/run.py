"""A whole benchmark, from a configuration to a folder of results."""

import os
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from triceras.backend import installed
from triceras.benchmark.report import tables
from triceras.benchmark.scale import measure_scale
from triceras.benchmark.session import Session, on_backend, without_backend
from triceras.benchmark.settings import check
from triceras.benchmark.speed import measure_speed
from triceras.benchmark.whole import measure_whole
from triceras.machine import cores, processor
from triceras.runs.folder import new_folder, write_json
from triceras.runs.identity import identity
from triceras.runs.record import now
from triceras.words import settled

MEASURES = {"speed": measure_speed, "scale": measure_scale, "whole": measure_whole}


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
    overrides = settled(config, HydraConfig.get().overrides.task)
    shared = without_backend(overrides)
    backends = installed() if shared == overrides else [config.backend.name]
    if not backends or config.backend.name not in installed():
        # The message of a training run, and where it would raise another, that one.
        from triceras import backend

        backend.use(config.backend.name)
    folder = new_folder(Path(config.output_dir) / "benchmark" / config.experiment)
    measure = MEASURES[kind := kind_of(config)]
    result: dict[str, Any] = {
        "experiment": config.experiment,
        "kind": kind,
        "overrides": overrides,
        "processor": processor(),
        "cores": cores(),
        **identity(),
    }
    try:
        OmegaConf.save(config, folder / "config.yaml", resolve=True)
        for name in backends:
            session = Session(folder, on_backend(config, name), shared)
            result.setdefault("backends", {})[name] = measure(session)
            result["ended"] = now()
            write_json(folder / "result.json", result)
        text = "\n\n".join(tables(result))
        (folder / "table.md").write_text(f"{text}\n")
        print(f"\n{text}\n")
        draw(result, folder)
    finally:
        print(f"benchmark: {folder}", flush=True)
    return folder


def kind_of(config: DictConfig) -> str:
    """What is measured."""
    return next((kind for kind in ("scale", "whole") if config.benchmark[kind]), "speed")


def draw(result: dict[str, Any], folder: Path) -> None:
    """Draws the picture of a result."""
    # The style belongs to Keras's side of the project, which none of the measuring needs.
    os.environ.setdefault("KERAS_BACKEND", next(iter(result["backends"])))
    from triceras.benchmark import picture

    path = folder / f"{result['kind']}.png"
    getattr(picture, result["kind"])(result).savefig(path)
    print(f"picture: {path}")
