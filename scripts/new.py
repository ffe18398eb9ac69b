"""Makes a project of one's own, and what is in it: python scripts/new.py project neurofield."""

import contextlib
import sys

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from triceras.scaffold.new import main

if __name__ == "__main__":
    sys.exit(main())
