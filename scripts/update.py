"""Takes a newer engine room: python scripts/update.py --from <url or path of triceras>."""

import contextlib
import sys

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401


from triceras.scaffold.update import main

if __name__ == "__main__":
    sys.exit(main())
