"""Takes a newer engine room: python scripts/update.py --from <url or path of triceras>."""

import sys

try:
    from triceras.scaffold.update import main
except ModuleNotFoundError as error:
    sys.exit(
        f"error: this Python has no {error.name}: `make setup BACKEND=all` first, then "
        f".venv/bin/python {' '.join(sys.argv)}"
    )

if __name__ == "__main__":
    sys.exit(main())
