"""Figures of runs for a page: small, and not too many."""

import base64
import dataclasses
import io
import re
from pathlib import Path

import polars as pl
from PIL import Image

from triceras.reporting.groups import Results
from triceras.reporting.run_files import FINISHED

# The best settings that have pictures, and what these may take in all, in bytes.
SETTINGS = 12
BUDGET = 6 * 2**20
WIDTH = 720
QUALITY = 82
LARGEST = 50_000_000  # pixels
DATED = re.compile(r"-epoch\d+$")


@dataclasses.dataclass(frozen=True)
class Picture:
    """A figure of a run.

    Args:
        name: what it shows.
        setting: the number of the setting.
        seed: of the run.
        content: as a page holds it, `data:image/...`.
        size: width and height in pixels.
    """

    name: str
    setting: int
    seed: str
    content: str
    size: tuple[int, int]


def pictures(results: Results, budget: int = BUDGET) -> tuple[list[Picture], int]:
    """The newest figures of one run of each of the best settings, of the same seed where it can be.

    Args:
        results: of a comparison.
        budget: bytes.

    Returns:
        The pictures, and how many were left out, as there is no room or they cannot be read.
    """
    found, left_out = [], 0
    for setting, seed, folder in chosen(results):
        for path in sorted((folder / "figures").glob("*.png")):
            if DATED.search(path.stem):
                continue
            read = small(path) if budget > 0 else None
            if read is None:
                left_out += 1
                continue
            content, size = read
            budget -= len(content)
            found.append(Picture(path.stem, setting, seed, content, size))
    return found, left_out


def chosen(results: Results) -> list[tuple[int, str, Path]]:
    """Of each of the best settings one run: of the seed that most of them have."""
    finished = results.runs.with_row_index("run").filter(
        pl.col("status") == FINISHED, pl.col("setting") <= SETTINGS
    )
    common = finished.group_by("seed").agg(pl.col("setting").n_unique().alias("settings"))
    first = (
        finished.join(common, on="seed")
        .sort("setting", "settings", "seed", descending=[False, True, False])
        .unique("setting", keep="first", maintain_order=True)
    )
    runs = results.comparison.runs
    return [
        (row["setting"], row["seed"], runs[row["run"]].folder)
        for row in first.iter_rows(named=True)
    ]


def small(path: Path) -> tuple[str, tuple[int, int]] | None:
    """A picture no wider than it is shown, or `None` where it cannot be read."""
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > LARGEST:
                return None
            seen = picture.convert("RGBA")
            ground = Image.new("RGBA", seen.size, "white")
            ground.alpha_composite(seen)
            ground.thumbnail((WIDTH, 4 * WIDTH))
            content = io.BytesIO()
            ground.convert("RGB").save(content, "WEBP", quality=QUALITY)
    except (OSError, ValueError, SyntaxError):
        return None
    text = base64.b64encode(content.getvalue()).decode()
    return f"data:image/webp;base64,{text}", ground.size
