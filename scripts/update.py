"""Takes a newer engine room: python scripts/update.py --from <url or path of triceras>."""

import sys

import _environment  # noqa: F401

from triceras.scaffold.update import main

if __name__ == "__main__":
    sys.exit(main())
