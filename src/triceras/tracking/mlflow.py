"""Tells MLflow of a run, and never gets in its way."""

import logging
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from triceras.errors import UserError, one_line
from triceras.runs import record
from triceras.tracking.background import Background
from triceras.tracking.carrying_on import carrying_on
from triceras.tracking.every import check_log_every, check_seconds, kept_steps
from triceras.tracking.flattened import flattened
from triceras.tracking.mlflow_file import SQLITE
from triceras.tracking.mlflow_run import MlflowRun, Number, impatient, import_mlflow, now
from triceras.tracking.redaction import redacted, without_secrets
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)

SECONDS_BETWEEN_SENDINGS = 5.0
# It is made by one of all runs that begin now, and takes a second or, where disks are slow, many.
TIME_FOR_A_FILE = 120.0
STATUS = {"finished": "FINISHED", "failed": "FAILED", "pruned": "KILLED", "interrupted": "KILLED"}
FOLDER = re.compile(r"file:|(?!databricks|uc$)[^:]*$")
# What every run has in `run.json`.
TAGS = ("id", "experiment", "backend", "loop", "seed")


class MlflowTracker(Tracker):
    """Keeps a run in a database of MLflow's, or sends it to a server.

    Names are those of W&B: the metrics `step/<name>` over steps and `epoch/<metric>` over epochs,
    the files `figures/<name>/step-<number>.png`. The configuration is MLflow's parameters. Runs of
    a sweep have the tag `sweep`.

    What MLflow is told, it is told in a thread of its own, every few seconds. Where it fails, it
    is asked for nothing more, and the run goes on.

    A run that goes on is the same run there, and is not told a second time what it was told before
    it was killed. Parameters that are others today become tags `resumed.<name>`, as MLflow changes
    none.

    Args:
        tracking_uri: `sqlite:///<file>`, `http://<server>`, or what else MLflow knows.
        experiment_name: of MLflow's experiment.
        run_name: its name, or `None` for `<backend>-<loop>-seed<seed>-<id>`.
        log_every: keep the steps whose number it divides.
        log_checkpoint: send the final checkpoint.
        answer_timeout: seconds to wait for MLflow at the beginning, and before a checkpoint.
        finish_timeout: seconds that the end of a run waits for what is not yet sent.

    Raises:
        UserError: `tracking_uri` is no such place, or another setting no such number.
    """

    def __init__(
        self,
        tracking_uri: str,
        experiment_name: str,
        run_name: str | None = None,
        log_every: int = 10,
        log_checkpoint: bool = True,
        answer_timeout: float = 20,
        finish_timeout: float = 60,
    ):
        check_log_every("logger.log_every", log_every)
        check_seconds("logger.answer_timeout", answer_timeout)
        check_seconds("logger.finish_timeout", finish_timeout)
        for setting, value in {
            "tracking_uri": tracking_uri,
            "experiment_name": experiment_name,
            "run_name": run_name or "",
        }.items():
            # A name may look like a number.
            if not isinstance(value, str | int | float):
                raise UserError(f"logger.{setting}={value} is no text: give one")
        tracking_uri = str(tracking_uri)
        if FOLDER.match(tracking_uri):
            raise UserError(
                f"logger.tracking_uri={tracking_uri} is a folder, in which MLflow keeps nothing "
                "any more: use sqlite:///<file>, or http://<server>"
            )
        self.tracking_uri = tracking_uri
        self.experiment_name = str(experiment_name)
        self.run_name = run_name and str(run_name)
        self.log_every = log_every
        self.log_checkpoint = log_checkpoint
        self.answer_timeout = answer_timeout
        self.finish_timeout = finish_timeout
        self.run: MlflowRun | None = None
        self.background: Any = None
        self.off = True
        self.slow = False
        self.pending: list[Number] = []
        self.sent = 0.0
        self.steps = 0

    def start(self, folder: Path, config: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        """Begins MLflow's run, and notes its id and address in `run.json`.

        Raises:
            UserError: MLflow is not installed.
        """
        library = import_mlflow(self.tracking_uri)
        self.run, self.off, self.slow = None, False, False
        self.pending, self.sent = [], time.monotonic()
        self.steps = (run.get("resumed_from") or {"step": 0})["step"]
        self.copies = Path(tempfile.mkdtemp(prefix="mlflow-"))
        self.background = Background(self.give_up)
        self.background.do(self.begin, library, without_secrets(config), dict(run))
        in_file = self.tracking_uri.startswith(SQLITE)
        seconds = max(self.answer_timeout, TIME_FOR_A_FILE if in_file else 0)
        if not self.background.wait(seconds):
            self.give_up(TimeoutError(f"no answer in {seconds:g} s"))
        self.note_where(folder)

    def begin(self, library: Any, config: dict[str, Any], run: dict[str, Any]) -> None:
        """Begins MLflow's run, or goes on with it."""
        with impatient():
            begun = MlflowRun(library, self.tracking_uri, self.experiment_name)
        before, resumed = run.get("mlflow_id"), run.get("resumed_from")
        if not (resumed and before and begun.go_on(before, resumed["step"], resumed["epoch"])):
            if resumed and before:
                log.warning(f"MLflow has no run {before} any more, so a new one begins there")
            begun.create(self.run_name or "{backend}-{loop}-seed{seed}-{id}".format_map(run))
        tags = {name: str(run[name]) for name in TAGS} | {
            "sweep": config.get("sweep_id"),
            "mlflow.note.content": config.get("notes"),
            "mlflow.source.git.commit": (run.get("git") or {}).get("commit"),
            "status": "running",
        }
        begun.tell_tags({name: str(text) for name, text in tags.items() if text})
        # Where it goes on is none of what it trains.
        begun.tell_parameters(flattened({k: v for k, v in config.items() if k != "resume"}))
        begun.tell_text("config.yaml", yaml.safe_dump(config, sort_keys=False))
        self.run = begun

    @carrying_on
    def note_where(self, folder: Path) -> None:
        """Notes where the run is, in `run.json` and in the log."""
        assert self.run is not None
        record.update(folder, {"mlflow_id": self.run.id, "mlflow_url": self.run.url})
        look = f"mlflow ui --backend-store-uri {shlex.quote(self.tracking_uri)}"
        log.info(f"MLflow: {self.run.url or f'run {self.run.id}, which shows {look}'}")

    @carrying_on
    def log_steps(self, first_step: int, values: Mapping[str, np.ndarray]) -> None:
        """Sends `step/<name>` of the steps that `log_every` keeps."""
        self.steps = first_step + len(next(iter(values.values())))
        kept = kept_steps(first_step, values, self.log_every)
        for row, step in enumerate(kept.pop("step")):
            self.add(int(step), {f"step/{name}": kept[name][row] for name in kept})
        if time.monotonic() - self.sent >= SECONDS_BETWEEN_SENDINGS:
            self.send()

    @carrying_on
    def log_epoch(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Sends `epoch/<metric>`."""
        self.add(epoch, {f"epoch/{name}": metrics[name] for name in metrics})

    @carrying_on
    def log_figure(self, name: str, path: Path, step: int) -> None:
        """Sends the picture as `figures/<name>/step-<number>.png`."""
        copy = self.copies / name / f"step-{step:08d}{path.suffix}"
        copy.parent.mkdir(parents=True, exist_ok=True)
        # The newest of its kind takes the place of this file.
        shutil.copyfile(path, copy)
        self.do("tell_file", copy, f"figures/{name}")

    @carrying_on
    def log_text(self, name: str, path: Path) -> None:
        """Sends the file."""
        self.do("tell_file", path)

    @carrying_on
    def sync(self) -> None:
        """Sees to it that MLflow has what it was told; where it is slow, it is waited for once."""
        self.send()
        if not self.slow and not self.background.wait(self.answer_timeout):
            self.slow = True
            log.warning(
                f"MLflow took more than {self.answer_timeout:g} s: the run goes on meanwhile, and "
                "if it is killed, MLflow may lack some of its steps"
            )

    def finish(self, status: str, summary: Mapping[str, Any], checkpoint: Path | None) -> None:
        """Sends the summary and the checkpoint, and ends MLflow's run, in bounded time."""
        self.tell_end(status, summary, checkpoint if self.log_checkpoint else None)
        if self.background is not None:
            if not self.off and not self.background.wait(self.finish_timeout):
                self.give_up(TimeoutError(f"not all was sent in {self.finish_timeout:g} s"))
            self.background.stop()
            shutil.rmtree(self.copies, ignore_errors=True)
        self.off = True

    @carrying_on
    def tell_end(self, status: str, summary: Mapping[str, Any], checkpoint: Path | None) -> None:
        """Sends what the run came to."""
        numbers = flattened(summary)
        found = {n: v for n, v in numbers.items() if isinstance(v, int | float)}
        self.add(self.steps, {f"summary/{name}": found[name] for name in found})
        self.send()
        if checkpoint is not None:
            self.do("tell_file", checkpoint, "checkpoints")
        self.do("tell_tags", {"status": status})
        self.do("end", STATUS.get(status, "FAILED"))

    def add(self, step: int, values: Mapping[str, Any]) -> None:
        """Keeps numbers to be sent."""
        self.pending += [(name, float(values[name]), now(), step) for name in values]

    def send(self) -> None:
        """Sends the numbers that are kept."""
        numbers, self.pending, self.sent = self.pending, [], time.monotonic()
        if numbers:
            self.do("tell_numbers", numbers)

    def do(self, method: str, *arguments: Any) -> None:
        """Has something told in the background."""
        self.background.do(getattr(self.run, method), *arguments)

    def give_up(self, error: Exception) -> None:
        """Says once that MLflow failed; from then on it is asked for nothing."""
        if not self.off:
            log.warning(
                f"MLflow failed, and the run goes on without it: {redacted(one_line(error))}"
            )
        self.off = True
