"""Reports on many runs: python scripts/report.py outputs by=optimizer.learning_rate."""

import contextlib
import sys

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from triceras.commands.report import main

if __name__ == "__main__":
    sys.exit(main())
