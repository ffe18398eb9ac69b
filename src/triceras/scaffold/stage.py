"""A command that may take minutes, in a line."""

import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from triceras.children import child


def stage(root: Path, name: str, command: Sequence[str]) -> bool:
    """Runs a command, of which one line tells; what it prints is shown where it fails.

    On a terminal the line shows what the command prints, while it does.

    Args:
        root: the folder of the project.
        name: of what it does.
        command: the command.

    Returns:
        Whether it was good.
    """
    started = time.perf_counter()
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        print(f"{name}: ", end="", flush=True)
    said = []
    with (
        console.status(Text(name)) as status,
        child(command, cwd=root) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            shown = Text(f"{name}, {time.perf_counter() - started:.0f} s: {line.strip()}")
            shown.truncate(console.width - 2)
            status.update(shown)
    before = f"{name}: " if console.is_terminal else ""
    if process.returncode:
        print(f"{before}failed: {shlex.join([Path(command[0]).name, *command[1:]])}")
        print("".join(said))
        return False
    print(f"{before}good, {time.perf_counter() - started:.0f} s")
    return True
