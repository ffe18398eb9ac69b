"""Trains all models of the table on one backend, in a process of its own: `-m` this file.

It writes a line of JSON for each, and goes on where it was stopped.
"""

import json
import sys
from pathlib import Path

import keras

from triceras import engines
from triceras.keras_table.table import cases
from triceras.keras_table.training import tried
from triceras.lazy_tensorflow import keep_tensorflow_out
from triceras.modelling import mends
from triceras.random.install import install


def main(path: Path, loops: list[str], wanted: str) -> None:
    """Trains the models that a file has not yet.

    Args:
        path: the file.
        loops: keys of `triceras.testing.loops.LOOPS`.
        wanted: a part of the kinds and names to train.
    """
    keep_tensorflow_out()
    engines.module()
    mends.install()
    install()
    lines = path.read_text().splitlines() if path.exists() else []
    done = {tuple(json.loads(line)["case"]) for line in lines}
    with open(path, "a") as file:
        for (kind, name), case in cases().items():
            for loop in loops:
                key = (kind, name, loop)
                if key not in done and wanted in f"{kind} {name}":
                    print(json.dumps({"case": key, **tried(case, loop)}), file=file, flush=True)
                    keras.backend.clear_session()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3] if len(sys.argv) > 3 else "")
