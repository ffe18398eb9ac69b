"""All contenders of a backend, on an experiment as it is."""

import tempfile
from pathlib import Path
from typing import Any

from triceras.benchmark.measure import measure
from triceras.benchmark.natives import check_natives, prepare
from triceras.benchmark.session import Session
from triceras.benchmark.summary import ratios


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
