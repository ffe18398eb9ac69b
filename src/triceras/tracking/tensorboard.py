"""Writes a run into TensorBoard's event files, without TensorFlow."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from triceras.errors import one_line
from triceras.tracking.carrying_on import carrying_on
from triceras.tracking.event_files import cut, import_writer, new_writer
from triceras.tracking.every import check_log_every, kept_steps
from triceras.tracking.flattened import flattened
from triceras.tracking.redaction import without_secrets
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)

FOLDER = "tensorboard"
SECONDS_BETWEEN_FLUSHES = 5.0
BEGIN, END = "_hparams_/session_start_info", "_hparams_/session_end_info"
# What a run that goes on tells again, whatever step it is at.
TOLD_AGAIN = (BEGIN, END, "status", "summary/")
STATUS = {"finished": "STATUS_SUCCESS", "failed": "STATUS_FAILURE"}
# PNGs as TensorBoard counts their channels.
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


class TensorboardTracker(Tracker):
    """Writes a run to `<run folder>/tensorboard`, for `tensorboard --logdir <outputs>`.

    Names are those of W&B: `step/<name>` and `figures/<name>` over steps, `epoch/<metric>` over
    epochs. The configuration is TensorBoard's table of hyperparameters, and a text. TensorBoard
    keeps numbers in float32.

    A run that goes on takes out of the files what it will tell again, so no step is there twice.

    Args:
        log_every: write the steps whose number it divides.

    Raises:
        UserError: `log_every` is not a whole number of at least 1.
    """

    def __init__(self, log_every: int = 10):
        check_log_every("logger.log_every", log_every)
        self.log_every = log_every
        self.library: Any = None
        self.writer: Any = None
        self.flushed = 0.0
        self.steps = 0
        self.drawn: set[tuple[str, int]] = set()

    @property
    def off(self) -> bool:
        return self.writer is None

    def start(self, folder: Path, config: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        """Begins an event file.

        Raises:
            UserError: tensorboardX is not installed.
        """
        self.library = import_writer()
        self.drawn.clear()
        resumed = run.get("resumed_from")
        try:
            if resumed:
                self.steps = resumed["step"]
                cut(folder / FOLDER, lambda event: self.is_later(event, **resumed))
            self.writer = new_writer(folder / FOLDER)
        except Exception as error:
            self.give_up(error)
        self.tell_configuration(without_secrets(config))

    def is_later(self, event: Any, step: int, epoch: int, **_: Any) -> bool:
        """Whether a run that goes on from a step in an epoch will tell of this event again."""
        for value in event.summary.value:
            if value.tag.startswith(TOLD_AGAIN):
                return True
            if value.tag.startswith("epoch/") and event.step >= epoch:
                return True
            if value.tag.startswith("step/") and event.step >= step:
                return True
            if value.HasField("image"):
                # Drawn once `step` steps were taken, before or after they were saved.
                if event.step > step:
                    return True
                self.drawn.add((value.tag, event.step))
        return False

    @carrying_on
    def tell_configuration(self, config: dict[str, Any]) -> None:
        """Writes the hyperparameters, as TensorBoard's table and as a text."""
        _, begin, _ = self.library.summary.hparams(flattened(config), {})
        self.write(0, begin)
        self.write_text("config", yaml.safe_dump(config, sort_keys=False))
        self.writer.flush()

    @carrying_on
    def log_steps(self, first_step: int, values: Mapping[str, np.ndarray]) -> None:
        """Writes `step/<name>` of the steps that `log_every` keeps."""
        self.steps = first_step + len(next(iter(values.values())))
        kept = kept_steps(first_step, values, self.log_every)
        for row, step in enumerate(kept.pop("step")):
            self.write_numbers(int(step), {f"step/{name}": kept[name][row] for name in kept})
        if time.monotonic() - self.flushed >= SECONDS_BETWEEN_FLUSHES:
            self.flush()

    @carrying_on
    def log_epoch(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Writes `epoch/<metric>`."""
        self.write_numbers(epoch, {f"epoch/{name}": metrics[name] for name in metrics})
        self.flush()

    @carrying_on
    def log_figure(self, name: str, path: Path, step: int) -> None:
        """Writes the picture as `figures/<name>`."""
        tag = f"figures/{name}"
        if (tag, step) in self.drawn:
            return
        with Image.open(path) as picture:
            (width, height), mode = picture.size, picture.mode
        proto = self.library.proto.summary_pb2.Summary
        image = proto.Image(
            width=width,
            height=height,
            colorspace=CHANNELS.get(mode, 3),
            encoded_image_string=path.read_bytes(),
        )
        self.write(step, proto(value=[proto.Value(tag=tag, image=image)]))
        self.flush()

    @carrying_on
    def log_text(self, name: str, path: Path) -> None:
        """Writes the text."""
        self.write_text(name, path.read_text())

    @carrying_on
    def sync(self) -> None:
        """Waits until the file is on the disk."""
        self.flush()

    def finish(self, status: str, summary: Mapping[str, Any], checkpoint: Path | None) -> None:
        """Writes how the run ended, and closes the file."""
        self.tell_end(status, summary)
        self.close()

    @carrying_on
    def tell_end(self, status: str, summary: Mapping[str, Any]) -> None:
        """Writes the numbers of the summary, and how the run ended."""
        numbers = {
            f"summary/{name}": value
            for name, value in flattened(summary).items()
            if isinstance(value, int | float)
        }
        self.write_numbers(self.steps, numbers)
        self.write_text("status", status)
        api, plugin = self.library.proto.api_pb2, self.library.proto.plugin_hparams_pb2
        ended = plugin.SessionEndInfo(
            status=api.Status.Value(STATUS.get(status, "STATUS_UNKNOWN")), end_time_secs=time.time()
        )
        self.write(0, self.hyperparameters(END, session_end_info=ended))

    def hyperparameters(self, tag: str, **content: Any) -> Any:
        """A summary that TensorBoard's table of hyperparameters reads."""
        summary = self.library.proto.summary_pb2
        data = self.library.proto.plugin_hparams_pb2.HParamsPluginData(version=0, **content)
        plugin = summary.SummaryMetadata.PluginData(
            plugin_name="hparams", content=data.SerializeToString()
        )
        metadata = summary.SummaryMetadata(plugin_data=plugin)
        return summary.Summary(value=[summary.Summary.Value(tag=tag, metadata=metadata)])

    def write_numbers(self, step: int, values: Mapping[str, Any]) -> None:
        """Writes numbers by their names."""
        proto = self.library.proto.summary_pb2.Summary
        written = [proto.Value(tag=tag, simple_value=float(values[tag])) for tag in values]
        self.write(step, proto(value=written))

    def write_text(self, name: str, text: str) -> None:
        """Writes a text, which TensorBoard would else take for Markdown."""
        lines = "".join(f"    {line}\n" for line in text.splitlines())
        self.write(self.steps, self.library.summary.text(name, lines))

    def write(self, step: int, summary: Any) -> None:
        """Writes an event."""
        event = self.library.proto.event_pb2.Event
        self.writer.write_event(event(wall_time=time.time(), step=step, summary=summary))

    def flush(self) -> None:
        """Waits until the file is on the disk."""
        self.writer.flush()
        self.flushed = time.monotonic()

    def close(self) -> None:
        """Closes the file."""
        writer, self.writer = self.writer, None
        if writer is not None:
            try:
                writer.close()
            except Exception as error:
                self.give_up(error)

    def give_up(self, error: Exception) -> None:
        """Says why nothing more is written."""
        self.writer = None
        log.warning(f"TensorBoard failed, and the run goes on without it: {one_line(error)}")
