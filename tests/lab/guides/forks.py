"""Runs guides one after the other: python forks.py <folder> <guide>...

Each is run in a fork of this process, which has imported Keras and has computed nothing: a guide
has a process of its own, and none waits for the imports. What guide `a` prints is then in
`<folder>/a.out` and `<folder>/a.err`, its exit code in `<folder>/a.code`, and it runs in
`<folder>/a/`.
"""

import os
import runpy
import sys
import time
import traceback
from pathlib import Path

from triceras import backend
from triceras.config import compose

LONGEST = 240
FRAMEWORKS = {"jax", "tensorflow", "tf", "torch"}


def main(folder: Path, *guides: Path) -> None:
    name = os.environ["KERAS_BACKEND"]
    backend.use(name, compose([f"backend={name}"]).backend.environment)
    import keras  # noqa: F401
    import matplotlib.figure  # noqa: F401

    sys.path.insert(0, str(guides[0].parent))
    for guide in guides:
        (folder / guide.stem).mkdir()
        process = os.fork()
        if process == 0:
            run(folder, guide)
        (folder / f"{guide.stem}.code").write_text(str(exit_code(process)))


def run(folder: Path, guide: Path) -> None:
    """Runs a guide as `python <guide>` does, tells which frameworks it imported, and ends.

    (What is in `sys.modules` does not tell: Keras imports JAX on every backend.)
    """
    for descriptor, ending in ((1, "out"), (2, "err")):
        file = os.open(folder / f"{guide.stem}.{ending}", os.O_WRONLY | os.O_CREAT)
        os.dup2(file, descriptor)
    os.chdir(folder / guide.stem)
    code = 1
    try:
        sys.argv = [str(guide)]
        names = runpy.run_path(str(guide), run_name="__main__")
        print("imported:", *sorted(FRAMEWORKS & set(names)))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Frameworks would wait for threads that a fork does not have.
        os._exit(code)


def exit_code(process: int) -> int:
    """Waits for a process, and kills it where it takes too long."""
    started = time.monotonic()
    while time.monotonic() - started < LONGEST:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(process, 9)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
