"""Tells Weights & Biases of a run, and never gets in its way."""

import logging
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from triceras.errors import UserError, one_line
from triceras.runs import record
from triceras.together.turns import turn
from triceras.tracking.carrying_on import carrying_on
from triceras.tracking.every import check_log_every, check_seconds, kept_steps
from triceras.tracking.lean_wandb import keep_lean
from triceras.tracking.redaction import command_line_without_secrets, without_secrets
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)

MODES = ("online", "offline", "disabled")
# Older names, which W&B still takes from WANDB_MODE.
OLD_MODES = {"run": "online", "dryrun": "offline"}
LONGEST_TAG = 64
SECONDS_UNTIL_WRITTEN = 1.0


class WandbTracker(Tracker):
    """Sends a run to W&B, or keeps it in `<run folder>/wandb` to be sent later.

    The first part of a name in W&B is its horizontal axis, and W&B makes a section of charts of
    each: `step/loss` and `step/running_<metric>` over `step`, `epoch/<metric>` and
    `epoch/val_<metric>` over `epoch`, `figures/<name>` over `step`. So a step's loss and an
    epoch's mean loss, which share a name but are not the same, never share a chart.

    Without a key or a network a run is kept offline. Where W&B fails later on, it is asked for
    nothing more, and the run goes on.

    Args:
        mode: `online`, `offline` or `disabled`.
        project: the project's name.
        entity: the user or team, or `None` for the account's own.
        group: what several runs share, or `None`.
        job_type: what kind of run it is.
        tags: labels to find it by, a list or separated by commas, or `None`.
        notes: what it is for, or `None`.
        name: its name, or `None` for `<backend>-<loop>-seed<seed>-<id>`.
        dir: the folder of W&B's files, or `None` for the run folder.
        log_every: send the steps whose number it divides.
        log_checkpoint: send the final checkpoint, as an artifact of type `model`.
        timeout: seconds to reach the server.
        upload_timeout: seconds that the end of a run waits for what is not yet sent; W&B itself
            takes up to 20 more to find out whether a checkpoint can be sent.

    Raises:
        UserError: no such mode, or `log_every` or a timeout is not such a number.
    """

    def __init__(
        self,
        mode: str = "offline",
        project: str = "triceras",
        entity: str | None = None,
        group: str | None = None,
        job_type: str | None = None,
        tags: Sequence[str] | str | None = None,
        notes: str | None = None,
        name: str | None = None,
        dir: str | None = None,
        log_every: int = 10,
        log_checkpoint: bool = True,
        timeout: float = 20,
        upload_timeout: float = 60,
    ):
        from_environment = mode == os.environ.get("WANDB_MODE")
        mode = OLD_MODES.get(mode, mode) if from_environment else mode
        if mode not in MODES:
            where = "WANDB_MODE" if from_environment else "logger.mode"
            raise UserError(f"{where}={mode} is unknown: use one of {', '.join(MODES)}")
        check_log_every("logger.log_every", log_every)
        check_seconds("logger.timeout", timeout)
        check_seconds("logger.upload_timeout", upload_timeout)
        self.mode = mode
        self.project = project
        self.entity = entity
        self.group = group
        self.job_type = job_type
        tags = tags.split(",") if isinstance(tags, str) else tags
        self.tags = [str(tag).strip()[:LONGEST_TAG] for tag in tags or () if tag]
        self.notes = notes
        self.name = name
        self.dir = dir
        self.log_every = log_every
        self.log_checkpoint = log_checkpoint
        self.timeout = timeout
        self.upload_timeout = upload_timeout
        self.wandb: Any = None
        self.run: Any = None
        self.experiment = ""
        self.resumed = False
        self.failed = False

    @property
    def off(self) -> bool:
        return self.run is None or self.failed

    def start(self, folder: Path, config: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        """Begins W&B's run, and notes its id and address in `run.json`.

        Raises:
            UserError: W&B is not installed.
        """
        if self.mode == "disabled":
            return
        self.wandb = import_wandb()
        self.run = None
        self.failed = False
        self.experiment = run["experiment"]
        self.resumed = bool(run.get("resumed_from"))
        try:
            self.wandb.setup(self.wandb.Settings(mode=self.mode, **unless_set(silent=True)))
            if self.mode == "online":
                self.run = self.begin_online(folder, config, run)
            if self.run is None:
                self.run = self.begin("offline", folder, config, run)
        except Exception as error:
            self.give_up(error)
        self.name_axes()
        self.note_where(folder)

    def begin_online(self, folder: Path, config: Mapping[str, Any], run: Mapping[str, Any]) -> Any:
        """The run at W&B, or `None` where there is no key or no answer."""
        try:
            # Without a key, W&B would ask for one on the terminal, and wait.
            if self.wandb.login(prompt=False, verify=False):
                return self.begin("online", folder, config, run)
            log.warning(
                "logger.mode=online needs a W&B key, so the run is kept offline: run `wandb login` "
                "or set WANDB_API_KEY"
            )
        except Exception as error:
            log.warning(f"W&B cannot take the run, so it is kept offline: {reason(error)}")
        return None

    def begin(
        self, mode: str, folder: Path, config: Mapping[str, Any], run: Mapping[str, Any]
    ) -> Any:
        """A new run of W&B's, in the mode `online` or `offline`."""
        settings = self.wandb.Settings(
            init_timeout=self.timeout,
            finish_timeout=self.upload_timeout,
            finish_timeout_raises=True,
            **unless_set(silent=True, console="off", **written_soon(self.wandb)),
        )
        with command_line_without_secrets():
            return self.wandb.init(
                mode=mode,
                dir=Path(self.dir or folder).resolve(),
                config=without_secrets(config),
                project=self.project,
                entity=self.entity,
                group=self.group,
                job_type=self.job_type,
                tags=self.tags,
                notes=self.notes,
                # A run that goes on is the same run there.
                id=run.get("wandb_id") if self.resumed else None,
                resume="allow" if self.resumed else None,
                name=self.name or "{backend}-{loop}-seed{seed}-{id}".format_map(run),
                # A run that someone left open must not take in this one; one that takes turns with
                # others is not to end theirs.
                reinit="create_new" if turn() else "finish_previous",
                settings=settings,
            )

    @carrying_on
    def name_axes(self) -> None:
        """Says what is drawn over what."""
        for axis in ("step", "epoch"):
            self.run.define_metric(axis, hidden=True)
            self.run.define_metric(f"{axis}/*", step_metric=axis)
        self.run.define_metric("figures/*", step_metric="step")

    @carrying_on
    def note_where(self, folder: Path) -> None:
        """Notes where the run is, in `run.json` and in the log."""
        record.update(folder, {"wandb_id": self.run.id, "wandb_url": self.run.url})
        log.info(f"W&B: {self.run.url or self.how_to_send()}")

    @carrying_on
    def log_steps(self, first_step: int, values: Mapping[str, np.ndarray]) -> None:
        """Sends `step/<name>` of the steps that `log_every` keeps."""
        kept = kept_steps(first_step, values, self.log_every)
        steps = kept.pop("step")
        for row, step in enumerate(steps):
            losses = {f"step/{name}": float(value[row]) for name, value in kept.items()}
            self.run.log({"step": int(step), **losses})

    @carrying_on
    def log_epoch(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Sends `epoch/<metric>`."""
        values = {f"epoch/{name}": float(value) for name, value in metrics.items()}
        self.run.log({"epoch": epoch, "step": step, **values})

    @carrying_on
    def log_figure(self, name: str, path: Path, step: int) -> None:
        """Sends the picture as `figures/<name>`."""
        self.run.log({"step": step, f"figures/{name}": self.wandb.Image(str(path))})

    def finish(self, status: str, summary: Mapping[str, Any], checkpoint: Path | None) -> None:
        """Sends the summary and the checkpoint, and ends W&B's run, in bounded time."""
        self.send_summary({**summary, "status": status})
        if self.log_checkpoint and checkpoint is not None:
            self.send_checkpoint(checkpoint)
        self.close(exit_code=0 if status in ("finished", "pruned") else 1)

    @carrying_on
    def send_summary(self, summary: Mapping[str, Any]) -> None:
        """Sends what the run came to."""
        self.run.summary.update(summary)

    @carrying_on
    def send_checkpoint(self, checkpoint: Path) -> None:
        """Sends the checkpoint as the newest version of the experiment's model."""
        artifact = self.wandb.Artifact(as_name(self.experiment), type="model")
        # The file is final: W&B reads it where it is, instead of a copy in the home folder.
        artifact.add_file(str(checkpoint.resolve()), policy="immutable", skip_cache=True)
        self.run.log_artifact(artifact, aliases=["latest", as_name(self.run.name)])

    def close(self, exit_code: int) -> None:
        """Ends W&B's run, also one that failed, or it would take in the next of this process."""
        if self.run is None:
            return
        try:
            self.run.finish(exit_code=exit_code)
        except Exception as error:
            self.give_up(error)
        self.run = None

    def give_up(self, error: Exception) -> None:
        """Says once that W&B failed; from then on it is asked for nothing."""
        if not self.failed:
            kept = f"; what it has: {self.how_to_send()}" if self.run is not None else ""
            log.warning(f"W&B failed, and the run goes on without it: {reason(error)}{kept}")
        self.failed = True

    def how_to_send(self) -> str:
        """The command that sends what was kept on this machine."""
        folder = Path(self.run.settings.sync_dir)
        if self.resumed:
            # It has several parts, which W&B puts together by their id.
            return f"wandb sync {shlex.quote(str(folder.parent))}/offline-run-*-{self.run.id}"
        return f"wandb sync {shlex.quote(str(folder))}"


def written_soon(wandb: Any) -> dict[str, float]:
    """W&B's setting by which its file has what a run has told it, where W&B has such a setting.

    It writes every 15 seconds by itself, and a run that is killed loses those before its last
    checkpoint too, of which W&B is not told again.
    """
    name = "x_transaction_log_flush_interval"
    known = getattr(wandb.Settings, "model_fields", {})
    return {name: SECONDS_UNTIL_WRITTEN} if name in known else {}


def unless_set(**settings: Any) -> dict[str, Any]:
    """Those of W&B's settings that the environment does not set: `WANDB_SILENT`, for example."""
    return {k: v for k, v in settings.items() if not os.environ.get(f"WANDB_{k.upper()}")}


def import_wandb() -> Any:
    """The package, imported only here: a run without it must not need it."""
    # W&B reports on itself to its server, and at exit waits 20 s for one that does not answer.
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    try:
        import wandb
    except ImportError as error:
        raise UserError(
            f"logger=wandb needs the package wandb ({error}): pip install wandb, or use logger=csv"
        ) from error
    keep_lean(wandb)
    return wandb


def as_name(text: str) -> str:
    """A text as a name that W&B takes for an artifact or an alias."""
    return re.sub(r"[^\w.-]", "-", text)


def reason(error: Exception) -> str:
    """What W&B says went wrong, without its advice about settings of its own."""
    return one_line(error).partition(" Consider increasing ")[0]
