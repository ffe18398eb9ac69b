"""Takes a newer engine room: python scripts/update.py --from <url or path of triceras>."""

import sys

from triceras.scaffold.update import main

if __name__ == "__main__":
    sys.exit(main())
