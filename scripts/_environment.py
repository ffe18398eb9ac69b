"""Imported by the scripts first: says which Python to use where this one lacks what they need.

Where it has all, what else they import may be interrupted, and their output be left unread.
"""

import importlib.util
import shlex
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
USE = f"`source .venv/bin/activate`, or .venv/bin/python {shlex.join(sys.argv)}"

for name in ("triceras", "hydra"):
    found = importlib.util.find_spec(name)
    has = f"has no {name}"
    if found is not None:
        place = Path(found.origin or __file__).resolve().parents[2]
        # With the environment of another clone, a script would work on what lies there.
        if name != "triceras" or place == ROOT:
            continue
        has = f"has the triceras of {place}"
    ready = (ROOT / ".venv" / "ready").exists()
    first = "" if ready else "`make setup BACKEND=all` first, then "
    where = "" if Path.cwd() == ROOT else f"in {ROOT}, "
    sys.exit(f"error: this Python {has}: {where}{first}{USE}")

from triceras.commands.beginning import begin  # noqa: E402 - it may have been missing

begin()
