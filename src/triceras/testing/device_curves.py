"""Trains runs on several devices in a process of its own, as there it is set how many there are."""

import json
import sys

from omegaconf import OmegaConf

from triceras import devices
from triceras.commands.train import train
from triceras.config import compose


def main() -> None:
    """Reads runs, JSON lists of words, a line each, and prints the folder of each."""
    devices.prepare(OmegaConf.create({"devices": int(sys.argv[1])}))
    for line in sys.stdin:
        print(f"folder: {train(compose(json.loads(line))).folder}", flush=True)


if __name__ == "__main__":
    main()
