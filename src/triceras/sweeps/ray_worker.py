"""What Ray's own process does for a job: it starts another one, and waits for it.

It imports nothing, as Ray would keep that in memory for as long as its process waits for work.
"""

import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence


def ours(environment: Mapping[str, str]) -> dict[str, str]:
    """What a machine of Ray's says of itself and of its GPUs, among environment variables."""
    return {k: v for k, v in environment.items() if k.startswith("RAY_") or "VISIBLE" in k}


def run(
    command: Sequence[str], given: bytes, environment: Mapping[str, str], place: str, log: str
) -> int:
    """Runs a command until it is over.

    Args:
        command: the command.
        given: what it reads from its standard input, which stays open for as long as this process
            lives.
        environment: that of the command of the sweep.
        place: the folder in which it runs.
        log: the file to which its output is added.

    Returns:
        Its exit code.
    """
    with open(log, "ab") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={k: v for k, v in environment.items() if k not in ours(environment)}
            | ours(os.environ),
            cwd=place,
            # Ray kills the group of its process.
            start_new_session=True,
        )
    assert process.stdin is not None
    # One that ended before it read says why.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(given)
        process.stdin.flush()
    while True:
        # Ray raises it where a task is taken back, which the job is told by its sweep.
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()
