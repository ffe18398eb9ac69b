"""Imported by the scripts first: says which Python to use where this one lacks what they need.

Where it has all, what else they import may be interrupted, and their output be left unread.
"""

import importlib.util
import shlex
import sys
from pathlib import Path

for name in ("triceras", "hydra"):
    if importlib.util.find_spec(name) is None:
        ready = (Path(__file__).parents[1] / ".venv" / "ready").exists()
        first = "" if ready else "`make setup BACKEND=all` first, then "
        sys.exit(
            f"error: this Python has no {name}: {first}`source .venv/bin/activate`, or "
            f".venv/bin/python {shlex.join(sys.argv)}"
        )

from triceras.commands.beginning import begin  # noqa: E402 - it may have been missing

begin()
