"""Trains all that Keras exports on each backend in each loop: python scripts/keras_table.py.

With `--operations` it computes the value and the gradient of each operation, loss, metric and layer
with many options instead, in each way of each backend, and compares them.
"""

import argparse
import contextlib
import os
import subprocess
import sys
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from triceras.backend import installed
from triceras.config import ROOT
from triceras.errors import UserError
from triceras.testing.markdown import with_generated

PAGE = ROOT / "docs" / "triceras" / "keras_table.md"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--folder", type=Path, default=ROOT / "outputs" / "keras_table")
    parser.add_argument("--only", default="", help="a part of a kind and a name, as in 'layer GRU'")
    parser.add_argument("--loops", default="custom,fit", help="any of custom,fit,fit_custom_step")
    parser.add_argument("--operations", action="store_true", help="compare single operations")
    parser.add_argument(
        "--ways", default="eager,graph,compiled", help="any of these, inductor, each"
    )
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.operations:
        return compare_operations(options.folder / "operations", options.only, options.ways)
    paths = {name: options.folder / f"{name}.jsonl" for name in installed()}
    for name, path in paths.items():
        print(f"{name}: {path}", flush=True)
        command = [sys.executable, "-m", "triceras.keras_table.worker", path, options.loops]
        variables = os.environ | {"KERAS_BACKEND": name}
        subprocess.run([*command, options.only], env=variables, check=True)

    # Imports Keras, which learns its backend from the first of these processes' variables.
    from triceras.keras_table import compare, layers, page

    lines = compare.read(paths)
    content = page.markdown(lines, layers.WHY_NOT)
    if options.write:
        PAGE.write_text(with_generated(PAGE.read_text(), "keras table", content))
    print(*page.problems(lines) or ["all as it should be"], sep="\n")
    return 1 if page.problems(lines) else 0


def compare_operations(folder: Path, wanted: str, ways: str) -> int:
    """Compares operations, and prints what differs and nothing says why."""
    from triceras.keras_table.operations.run import run

    folder.mkdir(parents=True, exist_ok=True)
    *different, summary = run(folder, wanted, ways.split(","))
    print(*different, summary, sep="\n")
    return 1 if different else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"error: {error}")
