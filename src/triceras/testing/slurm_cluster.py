"""A cluster of SLURM on this machine alone, from Debian's `slurm-wlm` and `munge`, for tests."""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from triceras.sweeps import slurm_queue

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol")
# Where daemons are, which are not on everybody's path.
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
# Seconds in which the node should be there.
PATIENCE = 30
MEGABYTE = 2**20
# A job that is queued again waits until its credential is no longer valid: two minutes elsewhere.
CONF = """
ClusterName=here
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerParameters=bf_interval=1,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """What keeps a cluster from being started here, or `None`."""
    lacking = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    if lacking:
        return f"no {', '.join(lacking)}: apt-get install slurm-wlm munge"
    return None


@contextlib.contextmanager
def cluster() -> Iterator[Path]:
    """Has a cluster for as long as it lasts, which `SLURM_CONF` names to SLURM's commands.

    It has a folder, ports and a key of its own, so that it gets on with another one.

    Yields:
        Its folder, with the logs of its daemons.
    """
    # Sockets have short names, so not a folder deep within others.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    before = os.environ.get("SLURM_CONF")
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    try:
        start(folder)
        yield folder
    finally:
        subprocess.run(["scancel", f"--user={getpass.getuser()}"], capture_output=True)
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not squeue())
        stop([folder / f"{name}.pid" for name in ("slurmctld", "slurmd", "munged")])
        os.environ.pop("SLURM_CONF")
        if before is not None:
            os.environ["SLURM_CONF"] = before
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path) -> None:
    """Starts the daemons, and waits until the node is there.

    Raises:
        RuntimeError: it does not come; the message is the end of what the daemons wrote.
    """
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    values = {
        "host": socket.gethostname().partition(".")[0],
        "user": getpass.getuser(),
        "folder": folder,
        "control": free_port(),
        "node": free_port(),
        "cpus": os.cpu_count(),
        "memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE // 2,
    }
    (folder / "slurm.conf").write_text(CONF.format(**values))
    own = {"socket": "munge.socket", "key-file": "munge.key", "pid-file": "munged.pid"}
    own |= {"log-file": "munged.log", "seed-file": "munged.seed"}
    # It mistrusts a folder within that of everybody.
    run("munged", "--force", *(f"--{name}={folder / file}" for name, file in own.items()))
    for daemon in ("slurmctld", "slurmd"):
        run(daemon, "-f", str(folder / "slurm.conf"))
    try:
        wait_until(lambda: "idle" in slurm_queue.call("sinfo", "-h", "-o", "%t").stdout.split())
    except TimeoutError as error:
        logs = [path.read_text()[-1000:] for path in sorted(folder.glob("*.log"))]
        raise RuntimeError("\n".join(["the node does not come", *logs])) from error


def run(*command: str) -> None:
    """Starts a daemon, which goes into the background.

    Raises:
        RuntimeError: it does not start.
    """
    program = shutil.which(command[0], path=PATH) or command[0]
    # A file, as what it hands on to its children would keep a pipe open.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run([program, *command[1:]], stdout=said, stderr=said, timeout=PATIENCE)
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{command[0]} does not start: {said.read()}")


def stop(pid_files: Sequence[Path]) -> None:
    """Ends daemons, and waits until they have ended."""
    for path in pid_files:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(path.read_text()), signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        # Each removes its file at the end.
        wait_until(lambda: not any(path.exists() for path in pid_files))


def squeue() -> list[str]:
    """What is in the queue."""
    return slurm_queue.call("squeue", "--noheader").stdout.splitlines()


def wait_until(holds: Callable[[], bool]) -> None:
    """Waits until something holds.

    Raises:
        TimeoutError: it does not for long.
    """
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
