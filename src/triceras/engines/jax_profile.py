"""A trace of what JAX computes."""

import shutil
from pathlib import Path

import jax


def start(folder: Path) -> None:
    """Begins to trace; what it leaves in between lies in `folder`."""
    options = jax.profiler.ProfileOptions()
    # Not each function of Python, which would be most of the trace.
    options.python_tracer_level = 0
    jax.profiler.start_trace(str(folder), profiler_options=options)


def stop(folder: Path, trace: Path) -> None:
    """Ends it, and writes `trace`."""
    jax.profiler.stop_trace()
    (written,) = folder.rglob("*.trace.json.gz")
    shutil.move(written, trace)
