"""A contender in a process of its own, which is told over a pipe how many steps to take.

So start-up time and peak memory are the contender's own, and nothing that one framework or loop
leaves behind touches another. Native code is run without Keras.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from triceras.benchmark.inputs import Inputs
from triceras.parents import end_with_parent
from triceras.runs.memory import peak_memory_mb

Answer = Callable[[Any], None]


def main() -> None:
    """Answers in JSON lines on what was standard output; all else goes to standard error."""
    end_with_parent()
    spec = json.loads(sys.argv[1])
    with os.fdopen(os.dup(1), "w", buffering=1) as answers:
        os.dup2(2, 1)
        ROLES[spec["role"]](spec, lambda answer: print(json.dumps(answer), file=answers))


def time_contender(spec: dict[str, Any], answer: Answer) -> None:
    """Compiles a contender, says what that took, then takes steps for as long as it is asked."""
    began = time.perf_counter()
    contender, import_seconds = make_keras(spec) if spec["role"] == "keras" else make_native(spec)
    built = time.perf_counter()
    call = spec["steps_per_call"]
    # `fit` once compiles again for the second call; so the third tells what a call takes.
    first_seconds, losses = timed(contender, 0, call)
    ended = time.time()
    timed(contender, call, 2 * call)
    call_seconds, _ = timed(contender, 2 * call, 3 * call)
    answer(
        {
            "import_seconds": import_seconds,
            "build_seconds": built - began - import_seconds,
            "first_call_seconds": first_seconds,
            "call_seconds": call_seconds,
            "first_call_ended": ended,
            "mean_loss": float(np.mean(losses)),
        }
    )
    done = 3 * call
    for line in sys.stdin:
        steps = json.loads(line)["steps"]
        seconds, _ = timed(contender, done, done + steps)
        done += steps
        answer({"seconds": seconds, "peak_memory_mb": peak_memory_mb()})


def timed(contender: Any, start: int, stop: int) -> tuple[float, np.ndarray]:
    """Takes steps; returns the seconds, by the contender's own clock if it has one, and losses."""
    if hasattr(contender, "prepare"):
        contender.prepare(start, stop)
    began = time.perf_counter()
    losses = contender(start, stop)
    seconds = time.perf_counter() - began
    return getattr(contender, "seconds", seconds), losses


def make_keras(spec: dict[str, Any]) -> tuple[Any, float]:
    """A contender that trains our Keras model, and what importing Keras took."""
    from triceras import backend
    from triceras.config import compose

    config = compose(spec["overrides"], name="benchmark")
    backend.use(config.backend.name, config.backend.environment)
    began = time.perf_counter()
    importlib.import_module("keras")
    import_seconds = time.perf_counter() - began
    from triceras.benchmark import keras_side

    makers = {
        "ours": lambda subject: keras_side.Ours(
            subject, spec["steps_per_call"], spec["planned_steps"]
        ),
        "fit": keras_side.Fit,
        "guide": keras_side.GuideStyle,
    }
    random = "portable" if spec["form"] == "ours" else "native"
    return makers[spec["form"]](keras_side.Subject(config, random)), import_seconds


def make_native(spec: dict[str, Any]) -> tuple[Any, float]:
    """A hand-written contender, and what importing its framework took."""
    inputs = Inputs.load(Path(spec["inputs"]))
    began = time.perf_counter()
    module = importlib.import_module(spec["module"])
    import_seconds = time.perf_counter() - began
    if spec["role"] == "native":
        inputs = inputs.without_noise()
    return module.CONTENDERS[spec["kind"]][spec["form"]](inputs), import_seconds


def check_native(spec: dict[str, Any], answer: Answer) -> None:
    """Tells the losses that a hand-written contender has with our noise."""
    contender, _ = make_native(spec)
    answer({"losses": contender(0, spec["steps"]).tolist()})


def list_native(spec: dict[str, Any], answer: Answer) -> None:
    """Tells which hand-written contenders there are."""
    contenders = importlib.import_module(spec["module"]).CONTENDERS
    answer({kind: list(forms) for kind, forms in contenders.items()})


def make_reference(spec: dict[str, Any], answer: Answer) -> None:
    """Writes what hand-written contenders are given, and tells the losses that ours has."""
    from triceras import backend
    from triceras.config import compose

    config = compose(spec["overrides"], name="benchmark")
    backend.use(config.backend.name, config.backend.environment)
    from triceras.benchmark.reference import reference

    answer(reference(config, Path(spec["inputs"]), spec["steps_per_call"], spec["steps"]))


def run_whole(spec: dict[str, Any], answer: Answer) -> None:
    """Runs a whole script, and tells what it came to."""
    from triceras.benchmark import whole_runs

    run = whole_runs.train_native if spec["role"] == "whole native" else whole_runs.train_fit
    answer(run(spec))


def name_parts(spec: dict[str, Any], answer: Answer) -> None:
    """Tells which parts of the data are the images and the labels."""
    from triceras.config import build, compose
    from triceras.data.parts import inputs_of, labels_of

    data = build("data", compose(spec["overrides"], name="benchmark").data)
    answer([inputs_of(data), labels_of(data)])


ROLES = {
    "keras": time_contender,
    "native": time_contender,
    "check": check_native,
    "list": list_native,
    "reference": make_reference,
    "parts": name_parts,
    "whole native": run_whole,
    "whole fit": run_whole,
}

if __name__ == "__main__":
    main()
