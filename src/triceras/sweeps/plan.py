"""`sweep.json`: all jobs of a sweep, written before the first of them starts."""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf, open_dict

from triceras.errors import UserError, one_line
from triceras.runs.folder import write_json
from triceras.runs.identity import git_state, versions
from triceras.runs.record import now
from triceras.sweeps import job_record, too_late
from triceras.sweeps.kept import FILE as KEPT
from triceras.sweeps.kept import keep
from triceras.tracking.redaction import redacted_arguments, without_secrets

FILE = "sweep.json"


def read(folder: Path) -> dict[str, Any]:
    """The plan of a sweep.

    Raises:
        UserError: the folder is none of a sweep, or the plan is damaged.
    """
    try:
        plan = json.loads((folder / FILE).read_text())
        plan["jobs"]
    except FileNotFoundError as error:
        raise UserError(
            f"{folder} is not the folder of a sweep that can go on: it has no {FILE}, which is "
            "written before the first job starts; the last line that a sweep prints names its "
            "folder"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{folder / FILE} is damaged ({one_line(error)}): put a good copy of it there"
        ) from error
    return plan


def folders(folder: Path) -> list[Path]:
    """The folders of all jobs of a sweep, in their order."""
    return [folder / job["folder"] for job in read(folder)["jobs"]]


def begin(config: DictConfig, words: Sequence[str]) -> dict[str, Any]:
    """What a plan says of the sweep itself.

    Args:
        config: what Hydra composed for all jobs together, with Hydra's own settings.
        words: those of the command line that say what the jobs are.
    """
    settings: Any = OmegaConf.to_container(config.hydra.launcher, resolve=True)
    return {
        "sweep_id": Path(config.hydra.sweep.dir).name,
        "script": config.hydra.job.name,
        "began": now(),
        "argv": redacted_arguments(sys.argv),
        "words": list(words),
        "launcher": config.hydra.runtime.choices["hydra/launcher"],
        "launcher_settings": without_secrets(settings),
        "sweeper": config.hydra.runtime.choices["hydra/sweeper"],
        "git": git_state(),
        "versions": versions(),
        "jobs": [],
    }


def add(
    folder: Path,
    config: DictConfig,
    context: HydraContext,
    overrides: Sequence[Sequence[str]],
    first: int,
    typed: Sequence[str] = (),
) -> list[Path]:
    """Adds jobs to a plan, which is made where there is none.

    Args:
        folder: of the sweep.
        config: what Hydra composed for all jobs together.
        context: with which it composes those of one.
        overrides: the words of each job.
        first: number of the first of them.
        typed: those of the command line that say what the jobs are.

    Returns:
        The folders of the jobs.
    """
    plan = read(folder) if (folder / FILE).exists() else begin(config, typed)
    found: list[Path] = []
    with left_out_after_an_error(found):
        for number, words in enumerate(overrides, first):
            job = composed(config, context, words, number)
            name = subfolder(job)
            found.append(folder / name)
            found[-1].mkdir(parents=True, exist_ok=True)
            keep(found[-1], job)
            record = {
                "job": number,
                "overrides": redacted_arguments(words),
                "status": job_record.WAITING,
                "monitor": job.get("monitor"),
            }
            if job.get("trial") is not None:
                record["trial"] = job.trial
            # The plan is what counts, and it comes last.
            (found[-1] / job_record.FILE).write_text(json.dumps(record, indent=2) + "\n")
            plan["jobs"].append({"job": number, "folder": name, "overrides": record["overrides"]})
    if len({job["folder"] for job in plan["jobs"]}) < len(plan["jobs"]):
        raise UserError(
            "two jobs of this sweep would have one folder: let hydra.sweep.subdir tell them apart, "
            "as ${hydra.job.num} does"
        )
    write_json(folder / FILE, plan)
    return found


@contextlib.contextmanager
def left_out_after_an_error(found: Sequence[Path]) -> Iterator[None]:
    """Removes the records of jobs where there is one that cannot be, as none will ever start.

    Args:
        found: the folders of those that are written.
    """
    try:
        yield
    except BaseException:
        for path in found:
            for name in (job_record.FILE, KEPT):
                (path / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # it holds something else
                path.rmdir()
        raise


def composed(
    config: DictConfig, context: HydraContext, words: Sequence[str], number: int
) -> DictConfig:
    """The configuration of one job, with Hydra's own settings.

    Raises:
        UserError: it says of the sweep what would have no effect, or has a value that no run has.
    """
    # Imported here, as one run alone is not planned.
    from triceras.settings import check_written

    job = context.config_loader.load_sweep_config(config, list(words))
    too_late.check(config, job, words)
    # Of a search, which proposes one job after the other, one may fail.
    if config.hydra.runtime.choices["hydra/sweeper"] == "basic":
        check_written(job)
    with open_dict(job):
        job.hydra.job.id = str(number)
        job.hydra.job.num = number
    return job


def subfolder(job: DictConfig) -> str:
    """The folder of a job within that of its sweep."""
    before = HydraConfig.instance().cfg
    HydraConfig.instance().set_config(job)
    try:
        return str(OmegaConf.select(job, "hydra.sweep.subdir"))
    finally:
        HydraConfig.instance().cfg = before
