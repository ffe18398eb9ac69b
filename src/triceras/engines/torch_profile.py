"""A trace of what PyTorch computes."""

import os
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

# It says on the terminal when it begins and ends.
os.environ.setdefault("KINETO_LOG_LEVEL", "6")

running: list[profile] = []


def start(folder: Path) -> None:
    """Begins to trace."""
    gpu = [ProfilerActivity.CUDA] if torch.cuda.is_available() else []
    profiler = profile(activities=[ProfilerActivity.CPU, *gpu])
    profiler.start()
    running.append(profiler)


def stop(folder: Path, trace: Path) -> None:
    """Ends it, and writes `trace`."""
    profiler = running.pop()
    profiler.stop()
    profiler.export_chrome_trace(str(trace))
