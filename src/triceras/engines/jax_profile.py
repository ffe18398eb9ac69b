"""A trace of what JAX computes."""

from pathlib import Path

import jax

from triceras.engines import xplane
from triceras.runs import trace


def start(folder: Path) -> None:
    """Begins to trace; what it leaves in between lies in `folder`."""
    options = jax.profiler.ProfileOptions()
    # Not each function of Python, which would be most of the trace.
    options.python_tracer_level = 0
    jax.profiler.start_trace(str(folder), profiler_options=options)


def stop(folder: Path, path: Path) -> None:
    """Ends it, and writes the trace."""
    jax.profiler.stop_trace()
    (written,) = folder.rglob("*.xplane.pb")
    trace.write(path, xplane.events(written.read_bytes()))
