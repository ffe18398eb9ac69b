"""Makes projects of the last commit, as a newcomer would, and checks them."""

import sys

from triceras.scaffold.check import main

if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
