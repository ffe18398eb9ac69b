"""Ours and the expert's native code over sizes of the batch and of the hidden layers."""

import tempfile
from pathlib import Path
from typing import Any

from triceras.benchmark.measure import measure
from triceras.benchmark.natives import prepare
from triceras.benchmark.session import Session, without_backend
from triceras.benchmark.summary import ratios
from triceras.errors import UserError


def measure_scale(session: Session) -> dict[str, Any]:
    """Compares ours with the expert's over sizes of the batch and of the hidden layers."""
    config = session.config
    if session.module is None:
        raise UserError(
            f"benchmark.scale=true needs hand-written code for {config.experiment} in "
            f"benchmarks/peers/{config.experiment}/"
        )
    depth = len(config.model.network.hidden_units)
    usual = config.model.network.hidden_units[0]
    sizes = [(size, usual) for size in config.benchmark.batch_sizes]
    sizes += [(config.batch_size, units) for units in config.benchmark.hidden_units]
    points = []
    for batch_size, units in dict.fromkeys(sizes):
        layers = ",".join([str(units)] * depth)
        sized = Session(
            session.folder,
            config,
            [
                *without_backend(session.overrides),
                f"batch_size={batch_size}",
                f"model.network.hidden_units=[{layers}]",
                f"benchmark.prepared_steps={config.benchmark.scale_steps}",
            ],
        )
        with tempfile.TemporaryDirectory(prefix="triceras-benchmark-") as name:
            caches, steps = Path(name), config.benchmark.scale_steps
            inputs, _ = prepare(sized, steps, caches)
            native = sized.native_specs(steps, inputs, caches, ("expert's",))
            contenders = measure(sized, {**sized.keras_specs(steps, scale=True), **native}, caches)
        ratio = ratios(contenders)["expert's"]
        points.append(
            {
                "backend": session.backend,
                "batch_size": batch_size,
                "hidden_units": units,
                "ours": contenders["ours"]["summary"]["median"],
                "expert": contenders[ratio["to"]]["summary"]["median"],
                "ratio": ratio["median"],
                "least": ratio["least"],
                "most": ratio["most"],
                "contenders": contenders,
            }
        )
        print(
            f"{session.backend}: batch {batch_size}, {units} hidden units: "
            f"ours / expert's {ratio['median']:.2f}",
            flush=True,
        )
    return {"batch_size": config.batch_size, "hidden_units": usual, "points": points}
