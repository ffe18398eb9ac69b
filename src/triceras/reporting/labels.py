"""Settings and numbers as a person reads them."""

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

LONGEST = 80
DIGITS = 5
PREFIX = "settings."
# With more places after the point a number is not read any more.
MOST_PLACES = 6
# Last parts of keys that say nothing by themselves.
BARE = ("name", "_target_", "class_name")


def keys_of(groups: pl.DataFrame) -> list[str]:
    """The names of the settings that tell groups apart."""
    return [name.removeprefix(PREFIX) for name in groups.columns if name.startswith(PREFIX)]


def short_names(keys: Sequence[str]) -> list[str]:
    """Each key by as few of its last parts as still tell it from the others."""
    short = []
    for key in keys:
        parts = key.split(".")
        least = 2 if parts[-1] in BARE else 1
        ends = [".".join(parts[-depth:]) for depth in range(least, len(parts) + 1)]
        alone = (
            end
            for end in ends
            if not any(f".{other}".endswith(f".{end}") for other in keys if other != key)
        )
        short.append(next(alone, key))
    return short


def labels(groups: pl.DataFrame) -> list[str]:
    """A name for each setting: what it differs in."""
    keys = keys_of(groups)
    if not keys:
        return ["all runs"] * groups.height
    names = short_names(keys)
    pairs = list(zip(names, (PREFIX + key for key in keys), strict=True))
    return [
        clipped(", ".join(f"{name}={setting(row[key])}" for name, key in pairs))
        for row in groups.iter_rows(named=True)
    ]


def setting(value: Any) -> str:
    """A value of a setting: nothing is one too."""
    return "null" if value is None else shown(value)


def plural(count: int, name: str) -> str:
    """A number of things."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def clipped(text: str) -> str:
    """A text of a readable length."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def shown(value: Any, digits: int = DIGITS) -> str:
    """A value: a number with so many digits, nothing for none."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if 10**digits <= abs(value) < 1e15 else f"{value:z.{digits}g}"
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)


def decimals(*spreads: float | None) -> int | None:
    """How many places after the point show two digits of the least of some spreads."""
    known = [spread for spread in spreads if spread and math.isfinite(spread)]
    return max(1 - math.floor(math.log10(min(known))), 0) if known else None


def fixed(value: float | None, places: int | None) -> str:
    """A number with so many places after the point, or with five digits."""
    if value is None or not math.isfinite(value):
        return ""
    if places is None or places > MOST_PLACES:
        return shown(float(value), DIGITS if abs(value) > 10**-MOST_PLACES else 2)
    return f"{value:z.{places}f}"


def interval(low: float | None, high: float | None, places: int | None) -> str:
    """Two ends, `low to high`."""
    return "" if low is None or high is None else f"{fixed(low, places)} to {fixed(high, places)}"
