"""What a job asks of a machine, as a person types it, whatever launcher is asked."""

import re

from triceras.errors import UserError

TIME = re.compile(r"(?:(\d+)-)?(\d+):(\d\d):(\d\d)")
MEMORY = re.compile(r"(\d+)([KMGT]?)B?")
# A number without a letter is one of megabytes, as for SLURM.
BYTES = {"K": 2**10, "M": 2**20, "": 2**20, "G": 2**30, "T": 2**40}


def at_least(name: str, value: int | None, least: int) -> None:
    """Checks a number among the settings.

    Raises:
        UserError: it is none, or too small.
    """
    if value is not None and (
        not isinstance(value, int) or isinstance(value, bool) or value < least
    ):
        raise UserError(f"hydra.launcher.{name}={value} is no number of them: use {least} or more")


def seconds_of(time: str | None) -> int | None:
    """How long a time is.

    Args:
        time: for example `"2:00:00"` or `"1-12:00:00"`.

    Raises:
        UserError: it is none. A bare 2:00:00 in a YAML file is the number 7200, which SLURM would
            take for minutes.
    """
    found = TIME.fullmatch(time) if isinstance(time, str) else None
    if found:
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if time is None:
        return None
    raise UserError(
        f'hydra.launcher.time={time} is no time: write "2:00:00" or "1-12:00:00", in a file with '
        "the quotation marks"
    )


def bytes_of(memory: str | int | None) -> int:
    """How much memory that is; 0 where nothing is said.

    Args:
        memory: for example `"8G"`.

    Raises:
        UserError: it is none.
    """
    found = MEMORY.fullmatch(str(0 if memory is None else memory))
    if found is None:
        raise UserError(f"hydra.launcher.memory={memory} is no amount: write for example 8G")
    return int(found[1]) * BYTES[found[2]]
