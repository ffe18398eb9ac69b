"""Trains runs on several devices in a process of its own, as there it is set how many there are."""

import json
import sys
from pathlib import Path

from omegaconf import OmegaConf

from triceras import backend, devices
from triceras.commands.train import train
from triceras.config import compose
from triceras.runs.record import read


def main() -> None:
    """Reads runs, JSON lists of words, a line each; prints the devices and the folder of each.

    `{0}` in a word stands for the folder of the first of them, and so on.
    """
    name, count = sys.argv[1:]
    config = OmegaConf.create({"backend": {"name": name}, "devices": int(count)})
    devices.prepare(config)
    backend.use(name)
    devices.divide(config)
    folders: list[str] = []
    for line in sys.stdin:
        words = [word.format(*folders) for word in json.loads(line)]
        folders.append(str(train(compose(words)).folder))
        print(f"{read(Path(folders[-1]))['devices']} devices: {folders[-1]}", flush=True)


if __name__ == "__main__":
    main()
