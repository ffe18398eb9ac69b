"""Damages every checkpoint file of a run and reads it: python scripts/corruption_test.py."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from rich.console import Console
from rich.table import Table

from triceras.backend import installed
from triceras.checkpoints.seal import DamagedFileError
from triceras.testing import small
from triceras.testing.damage import damages
from triceras.testing.kills import finish


def named(read: Callable[[Path], object], path: Path) -> tuple[int, int]:
    """How many damages of a file were tried, and how many were refused by its name."""
    content = path.read_bytes()
    tried = count = 0
    for damaged in damages(content):
        tried += 1
        path.write_bytes(damaged)
        try:
            read(path)
        except DamagedFileError as error:
            count += str(path) in str(error)
    path.write_bytes(content)
    return tried, count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--backend", action="append", choices=installed())
    parser.add_argument("overrides", nargs="*", help="more of the configuration")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="triceras-corruption-"))
    backends = options.backend or installed()
    os.environ.setdefault("KERAS_BACKEND", backends[0])
    os.environ.setdefault("TRICERAS_CONF", str(small.CONF))
    from triceras.checkpoints import checkpoint_files, keras_files

    table = Table("backend", "file", "bytes", "damages", "refused by name", "intact: read")
    good = True
    for backend in backends:
        short = ["epochs=3", "callback.checkpoints.every_epochs=1"]
        run = finish(f"backend={backend}", *short, *options.overrides, f"output_dir={folder}")
        for path in sorted((run / "checkpoints").iterdir()):
            read = keras_files.load if path.suffix == ".keras" else checkpoint_files.read
            tried, count = named(read, path)
            read(path)
            good &= count == tried
            size = f"{path.stat().st_size:,}"
            table.add_row(backend, path.name, size, str(tried), str(count), "yes")
    Console().print(table)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
