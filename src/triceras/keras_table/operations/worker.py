"""Computes all cases on one backend, in a process of its own: `-m` this file.

It writes a line of JSON before each, and one after it, and goes on where it was stopped: a case
that ended the process is passed over, and told.
"""

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import keras

from triceras import engines
from triceras.keras_table.operations.cases import cases
from triceras.keras_table.operations.computing import all_ways
from triceras.lazy_tensorflow import keep_tensorflow_out
from triceras.modelling import mends
from triceras.random.install import install

# Programs of cases that are done only fill the memory.
CASES_THAT_ARE_KEPT = 100


def main(path: Path, wanted: str, ways: Sequence[str]) -> None:
    """Computes the cases that a file has not yet.

    Args:
        path: the file.
        wanted: a part of the sections and expressions.
        ways: in which they are computed.
    """
    keep_tensorflow_out()
    # That each case is a program of its own is meant.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    engines.module()
    mends.install()
    install()
    lines = path.read_text().splitlines() if path.exists() else []
    done = {tuple(json.loads(line)["case"]) for line in lines}
    own = [way for way in engines.ways() if way in ways]
    with open(path, "a") as file:
        for count, ((section, expression), module) in enumerate(cases().items()):
            key = (section, expression)
            if key in done or wanted not in f"{section}: {expression}":
                continue
            print(json.dumps({"case": key}), file=file, flush=True)
            found = all_ways(expression, module, own)
            print(json.dumps({"case": key, "ways": found}), file=file, flush=True)
            if count % CASES_THAT_ARE_KEPT == 0:
                keras.backend.clear_session()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(","))
