"""Whether a search is for the least or the most."""

import logging

from triceras.errors import UserError

DIRECTIONS = {"min": "minimize", "max": "maximize"}

log = logging.getLogger(__name__)


def check_direction(direction: str | None) -> None:
    """Checks the setting `hydra.sweeper.direction`.

    Raises:
        UserError: there is no such direction.
    """
    if direction not in (None, *DIRECTIONS.values()):
        raise UserError(f"hydra.sweeper.direction={direction} is unknown: use minimize or maximize")


def chosen(direction: str | None, monitor_mode: str) -> str:
    """The direction of a search, `minimize` or `maximize`.

    Args:
        direction: what was set; `None` for that of `monitor_mode`.
        monitor_mode: `min` or `max`, by which each run keeps its best checkpoint.
    """
    usual = DIRECTIONS[monitor_mode]
    if direction not in (None, usual):
        log.warning(
            "hydra.sweeper.direction=%s, and monitor_mode=%s: the best checkpoint of each run is "
            "that of the epoch which this search likes least; set monitor_mode in its place",
            direction,
            monitor_mode,
        )
    return direction or usual
