"""What a run has imported by the time that its first step begins."""

import sys
from pathlib import Path

import keras

FILE = "imported.txt"


class WriteImports(keras.callbacks.Callback):
    """Writes the names of all modules that are imported when training begins, a line each.

    Args:
        folder: where the file goes.
    """

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = folder

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        (self.folder / FILE).write_text("\n".join(sorted(sys.modules)))
