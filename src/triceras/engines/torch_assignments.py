"""Keras's own steps on PyTorch, whose assignments come after what was computed."""

from typing import Any

from keras.src.backend.torch.trainer import TorchTrainer

from triceras.engines.postponed import postponing
from triceras.engines.torch_fit import train_step


def postpone_assignments() -> None:
    """Mends Keras's steps, for all models. Calling it again changes nothing."""
    steps: Any = TorchTrainer
    if steps.train_step is not train_step:
        steps.train_step = train_step
        steps.test_step = postponing(steps.test_step)
        steps.predict_step = postponing(steps.predict_step)
