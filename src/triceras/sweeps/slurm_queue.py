"""What is asked of SLURM, by its own commands."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from triceras.errors import UserError

PENDING = "PENDING"
# What squeue says of jobs that have been over for some minutes.
FORGOTTEN = "Invalid job id"
# Where the commands find the cluster; all else of the kind would be that of a job around this one.
KEPT = ("SLURM_CONF",)


def submit(options: Sequence[str], script: str) -> str:
    """Has an array of jobs queued; returns its id.

    Args:
        options: of `sbatch`.
        script: what each of the jobs runs.

    Raises:
        UserError: there is no SLURM here, or it refuses them.
    """
    if shutil.which("sbatch") is None:
        raise UserError(
            "hydra/launcher=slurm needs sbatch, which this machine has not: begin the sweep on one "
            "that submits jobs to the cluster"
        )
    done = call("sbatch", "--parsable", *options, stdin=script)
    if done.returncode != 0:
        raise UserError(
            f"SLURM refuses the jobs ({' '.join(done.stderr.split())}): see hydra.launcher in "
            "their configuration, and `scontrol show config` for what the cluster allows"
        )
    return done.stdout.strip().partition(";")[0]


def states(array: str) -> list[str] | None:
    """The states of those jobs of an array that are not over, or `None` where SLURM is silent.

    Args:
        array: its id.
    """
    done = call("squeue", "--noheader", "--array", f"--jobs={array}", "--format=%T")
    if done.returncode == 0:
        return done.stdout.split()
    return [] if FORGOTTEN in done.stderr else None


def cancel(array: str, *options: str) -> None:
    """Ends jobs of an array: SLURM asks them to, and half a minute later kills what is left.

    Args:
        array: its id.
        *options: of `scancel`, for example `--state=PENDING`.
    """
    call("scancel", *options, array)


def requeue(job: str) -> str | None:
    """Has a job queued again; returns what SLURM has against it, or `None`."""
    done = call("scontrol", "requeue", job)
    return None if done.returncode == 0 else done.stderr.strip()


def call(*command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs one of SLURM's commands."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or not name.startswith(("SLURM_", "SBATCH_"))
    }
    # A group of its own, which a terminal's Ctrl-C does not reach.
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, env=environment, process_group=0
    )
