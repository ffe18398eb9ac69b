"""Runs sweeps on a cluster of SLURM that it starts on this machine: python scripts/slurm_test.py.

The runs of a sweep end with the bits that they have without SLURM, and so does one that goes past
its time limit again and again.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triceras.backend import installed
from triceras.sweeps import report
from triceras.sweeps.places import THREADS
from triceras.testing import small
from triceras.testing.kills import TRAIN, differing
from triceras.testing.slurm_cluster import cluster, missing

LOOPS = "custom,fit"
PLAIN = ("experiment=autoencoder", "figures=none", "logger=csv")
# SLURM counts in minutes, and looks every half one.
SHORT = ("hydra.launcher.time=0:01:00", "hydra.launcher.warning=5")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--seeds", type=int, default=5, help="of each backend and loop")
    parser.add_argument("--backend", action="append", choices=installed())
    parser.add_argument(
        "--epochs", type=int, default=15000, help="of the run that needs more than its time"
    )
    parser.add_argument("--n-jobs", type=int, default=1, help="at a time")
    options = parser.parse_args()
    if reason := missing():
        sys.exit(f"no cluster can be started here: {reason}")
    os.environ["TRICERAS_CONF"] = str(small.CONF)
    # As many as a job of one core has; with others the last digits may be others.
    os.environ |= dict.fromkeys(THREADS, "1")
    backends = options.backend or installed()
    folder = Path(tempfile.mkdtemp(prefix="triceras-slurm-"))
    seeds = ",".join(map(str, range(options.seeds)))
    words = [f"backend={','.join(backends)}", f"loop={LOOPS}", f"seed={seeds}", "epochs=2"]
    at_a_time = f"hydra.launcher.n_jobs={options.n_jobs}"
    late = [f"backend={backends[0]}", f"epochs={options.epochs}", "seed=0"]
    with cluster():
        good = same(
            sweep(folder / "slurm", *words, "hydra/launcher=slurm", at_a_time),
            sweep(folder / "basic", *words),
        )
        jobs = sweep(folder / "late", *late, "hydra/launcher=slurm", *SHORT)
        good &= same(jobs, sweep(folder / "in-time", *late))
    times = len(jobs[0].get("attempts", []))
    print(f"past its time limit {times} times")
    return 0 if good and times >= 2 else 1


def sweep(folder: Path, *words: str) -> list[dict[str, Any]]:
    """Runs a sweep; returns the records of its jobs."""
    command = [sys.executable, str(TRAIN), "-m", *PLAIN, *words, f"output_dir={folder}"]
    log = folder.with_suffix(".log")
    with open(log, "w") as file:
        code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode
    jobs = [job for path in folder.glob("sweeps/*") for job in report.read_jobs(path)]
    finished = sum(job["status"] == "finished" for job in jobs)
    seconds = sum(job.get("seconds") or 0 for job in jobs)
    print(f"{folder.name}: {finished} of {len(jobs)} finished in {seconds:.0f} s of jobs", end="")
    print(f", exit code {code}: {log}", flush=True)
    return jobs


def same(jobs: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]) -> bool:
    """Whether all jobs of two sweeps have finished, with the same bits."""
    good = len(jobs) == len(others) > 0
    for job, other in zip(jobs, others, strict=False):
        if job["status"] != "finished" or other["status"] != "finished":
            good = False
            continue
        differences = differing(Path(job["run_folder"]), Path(other["run_folder"]))
        good &= not differences
        if differences:
            print(f"{json.dumps(job['overrides'])}: {'; '.join(differences)}")
    print(f"the same bits: {'yes' if good else 'no'}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
