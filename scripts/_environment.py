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
    # With the environment of another clone, a script would work on what lies there.
    origin = Path((name == "triceras" and found and found.origin) or __file__).resolve()
    if found is not None and origin.is_relative_to(ROOT):
        continue
    has = f"has no {name}" if found is None else f"has the triceras of {origin.parents[2]}"
    ready = (ROOT / ".venv" / "ready").exists()
    first = "" if ready else "`make setup BACKEND=all` first, then "
    where = "" if Path.cwd() == ROOT else f"in {ROOT}, "
    sys.exit(f"error: this Python {has}: {where}{first}{USE}")

from triceras.commands.beginning import begin  # noqa: E402 - it may have been missing

begin()
