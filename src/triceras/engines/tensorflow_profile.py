"""A trace of what TensorFlow computes."""

from pathlib import Path

import tensorflow as tf

from triceras.engines import xplane
from triceras.runs import trace


def start(folder: Path) -> None:
    """Begins to trace; what it leaves in between lies in `folder`."""
    # Not each function of Python, which would be most of the trace.
    options = tf.profiler.experimental.ProfilerOptions(python_tracer_level=0)
    tf.profiler.experimental.start(str(folder), options)


def stop(folder: Path, path: Path) -> None:
    """Ends it, and writes the trace."""
    tf.profiler.experimental.stop()
    (written,) = folder.rglob("*.xplane.pb")
    trace.write(path, xplane.events(written.read_bytes()))
