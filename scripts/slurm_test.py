"""Runs sweeps on a cluster of SLURM that it starts on this machine: python scripts/slurm_test.py.

The runs of a sweep end with the bits that they have without SLURM, and so does one that goes past
its time limit again and again.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from triceras.backend import installed
from triceras.sweeps.places import THREADS
from triceras.testing import small
from triceras.testing.launchers import launch, same
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
        good = bits(
            launch(folder / "slurm", *PLAIN, *words, "hydra/launcher=slurm", at_a_time).jobs,
            launch(folder / "basic", *PLAIN, *words).jobs,
        )
        jobs = launch(folder / "late", *PLAIN, *late, "hydra/launcher=slurm", *SHORT).jobs
        good &= bits(jobs, launch(folder / "in-time", *PLAIN, *late).jobs)
    times = len(jobs[0].get("attempts", []))
    print(f"past its time limit {times} times")
    return 0 if good and times >= 2 else 1


def bits(jobs: list[dict], others: list[dict]) -> bool:
    """Whether the jobs of two sweeps have ended with the same bits."""
    good = same(jobs, others)
    print(f"the same bits: {'yes' if good else 'no'}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
