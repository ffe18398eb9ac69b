"""Whole runs: what a process takes from its start to its end, ours beside others."""

import dataclasses
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from triceras.benchmark.alternation import order, python_path
from triceras.benchmark.inputs import Inputs
from triceras.benchmark.natives import check_natives, prepare
from triceras.benchmark.session import Session, Spec, has_several_objectives
from triceras.benchmark.settings import AGAINST
from triceras.benchmark.summary import ratios, summarize
from triceras.config import ROOT
from triceras.errors import UserError

CACHES = ("cold", "warm")
# Both are measured: what a person waits for, and what the machine could have done meanwhile.
MEASURES = ("wall", "processor")


def measure_whole(session: Session) -> dict[str, Any]:
    """Compares whole runs of a backend, for each number of steps, from a cold and a warm cache."""
    config = session.config
    with tempfile.TemporaryDirectory(prefix="triceras-benchmark-") as name:
        folder = Path(name)
        specs, device, differences = contenders(session, folder)
        points = []
        for steps in config.benchmark.whole_steps:
            points += measure_steps(session, specs, steps, folder)
    return {"device": device, "differences": differences, "points": points}


def contenders(
    session: Session, folder: Path
) -> tuple[dict[str, Spec], str | None, dict[str, float]]:
    """Who runs: by name, what its process is told; the device; how far their losses differ."""
    config = session.config
    plain: Any = OmegaConf.to_container(config, resolve=True)
    saved = folder / "config.yaml"
    OmegaConf.save(OmegaConf.create(plain), saved)
    specs: dict[str, Spec] = {"ours": {"kind": "ours", "role": "ours"}}
    device, differences = None, {}
    if session.module is None:
        print(f"{session.backend}: no hand-written code for {config.experiment}, so none here")
    else:
        per_call = config.loop.get("steps_per_call", 100)
        inputs, device = prepare(session, per_call, folder)
        kinds = [AGAINST[name] for name in config.benchmark.whole_against if name != "fit"]
        native = session.native_specs(per_call, inputs, folder, kinds)
        differences = check_natives(session, native, folder / "check.npz", folder)
        begin = Inputs.load(inputs)
        nothing = {name: getattr(begin, name)[:0] for name in ("x", "y", "indices")}
        dataclasses.replace(begin, **nothing).save(inputs)
        shared = {
            "role": "whole native",
            "inputs": str(inputs),
            "data": {name: value for name, value in plain["data"].items() if name != "tests"},
            "parts": session.ask({"role": "parts", "overrides": session.overrides}, folder),
            **{name: plain[name] for name in ("batch_size", "evaluation_batch_size", "seed")},
        }
        specs |= {name: {**spec, **shared} for name, spec in native.items()}
    if "fit" not in config.benchmark.whole_against:
        return specs, device, differences
    if has_several_objectives(config):
        print(f"{session.backend}: {config.experiment} has several objectives: no fit")
    else:
        specs["fit"] = {"kind": "fit", "role": "whole fit", "config": str(saved)}
    return specs, device, differences


def measure_steps(
    session: Session, specs: Mapping[str, Spec], steps: int, folder: Path
) -> list[dict[str, Any]]:
    """Runs all contenders for so many steps; returns a point for each state of the cache."""
    found: dict[str, dict[str, Any]] = {
        cache: {
            name: {"kind": spec["kind"], **{measure: [] for measure in MEASURES}, "loss": []}
            for name, spec in specs.items()
        }
        for cache in CACHES
    }
    for turn in range(session.config.benchmark.rounds):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            # What a run finds in a warm cache is what its own cold one has left there.
            for cache in CACHES:
                for contender in order(list(specs), turn):
                    spec = {**specs[contender], "steps": steps}
                    # By a number, as compilers take a space in a path for the end of it.
                    place = Path(name) / str(list(specs).index(contender))
                    took = run(session, contender, spec, place)
                    for measure, value in took.items():
                        found[cache][contender][measure].append(value)
                    print(
                        f"{session.backend}: {steps:,} steps, {cache} cache: {contender} took "
                        f"{took['wall']:.1f} s, of a processor's {took['processor']:.1f}",
                        flush=True,
                    )
    return [
        {"steps": steps, "cache": cache, "contenders": each, **compared(each)}
        for cache, each in found.items()
    ]


def run(session: Session, name: str, spec: Spec, cache: Path) -> dict[str, float]:
    """Runs a process to its end; returns what it took, in seconds, and the loss it came to.

    Raises:
        UserError: it failed, or took another number of steps.
    """
    ours = spec["role"] == "ours"
    command = (
        our_command(session, spec["steps"], cache)
        if ours
        else ["-m", "triceras.benchmark.worker", json.dumps(spec)]
    )
    environment = session.with_cache(cache / "compiled")
    began = time.perf_counter()
    with open(session.log, "a") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**environment, "PYTHONPATH": python_path(environment)},
        )
        assert process.stdout is not None
        with process.stdout as said:
            lines = said.read().splitlines()
        # With what its compilers took.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode or not lines:
        raise UserError(f"{name} failed; all of its output is in {session.log}")
    answer = our_answer(lines[-1]) if ours else json.loads(lines[-1])
    if answer["steps"] != spec["steps"]:
        raise UserError(f"{name} took {answer['steps']} steps in the place of {spec['steps']}")
    return {"wall": wall, "processor": used.ru_utime + used.ru_stime, "loss": answer["loss"]}


def our_command(session: Session, steps: int, cache: Path) -> list[str]:
    """A run as anyone starts it, without what no script draws, sends or computes at the end."""
    overrides = [word for word in session.overrides if not word.startswith("benchmark.")]
    return [
        str(ROOT / "scripts" / "train.py"),
        *overrides,
        *("logger=csv", "figures=none", "progress_bar=false", "++model.evaluations=null"),
        *("epochs=null", f"max_steps={steps}"),
        *(f"cache_dir={cache}", f"output_dir={cache / 'runs'}"),
    ]


def our_answer(line: str) -> dict[str, Any]:
    """What a run came to, by the last line that it prints."""
    summary = json.loads((Path(line.removeprefix("run: ")) / "summary.json").read_text())
    metrics = summary["metrics"]
    # Of several objectives, together.
    parts = [m for name, m in metrics.items() if re.fullmatch(r"(?!val_|test_).*_loss", name)]
    return {"steps": summary["steps"], "loss": metrics.get("loss", sum(parts))}


def compared(contenders: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """By measure, the median of ours in seconds, and its part of each other kind."""
    found = {}
    for measure in MEASURES:
        timed = {n: {"kind": e["kind"], "ms": e[measure]} for n, e in contenders.items()}
        found[measure] = {"ours": summarize(timed["ours"]), "ratios": ratios(timed)}
    return found
