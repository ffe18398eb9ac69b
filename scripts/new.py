"""Makes a project of one's own, and what is in it: python scripts/new.py project neurofield."""

import sys

from triceras.scaffold.new import main

if __name__ == "__main__":
    sys.exit(main())
