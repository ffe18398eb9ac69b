"""Makes a project of one's own, and what is in it: python scripts/new.py project neurofield."""

import sys

try:
    from triceras.scaffold.new import main
except ModuleNotFoundError as error:
    sys.exit(
        f"error: this Python has no {error.name}: `make setup BACKEND=all` first, then "
        f".venv/bin/python {' '.join(sys.argv)}"
    )

if __name__ == "__main__":
    sys.exit(main())
