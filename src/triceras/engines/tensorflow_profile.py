"""A trace of what TensorFlow computes."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2


def start(folder: Path) -> None:
    """Begins to trace; what it leaves in between lies in `folder`."""
    # Not each function of Python, which would be most of the trace.
    options = tf.profiler.experimental.ProfilerOptions(python_tracer_level=0)
    tf.profiler.experimental.start(str(folder), options)


def stop(folder: Path, trace: Path) -> None:
    """Ends it, and writes `trace`."""
    tf.profiler.experimental.stop()
    (written,) = folder.rglob("*.xplane.pb")
    space: Any = xplane_pb2.XSpace()  # pyright: ignore[reportAttributeAccessIssue]
    space.ParseFromString(written.read_bytes())
    with gzip.open(trace, "wt") as file:
        json.dump({"traceEvents": list(events(space))}, file)


def events(space: Any) -> Iterator[dict[str, Any]]:
    """The events of all planes, a device each, and lines, as Perfetto reads them."""
    for process, plane in enumerate(space.planes):
        yield named("process", plane.name, process, 0)
        for thread, line in enumerate(plane.lines):
            yield named("thread", line.display_name or line.name, process, thread)
            for event in line.events:
                yield {
                    "ph": "X",
                    "name": plane.event_metadata[event.metadata_id].name,
                    "pid": process,
                    "tid": thread,
                    # In microseconds.
                    "ts": line.timestamp_ns / 1e3 + event.offset_ps / 1e6,
                    "dur": event.duration_ps / 1e6,
                }


def named(kind: str, name: str, process: int, thread: int) -> dict[str, Any]:
    """Names a process or a thread."""
    identity = {"ph": "M", "name": f"{kind}_name", "pid": process, "tid": thread}
    return {**identity, "args": {"name": name}}
