"""What a loop asks where nothing is to be saved."""

from triceras.runs.stop import Stop


class NoCheckpoints:
    """What a loop asks where nothing is to be saved.

    Args:
        stop: says whether someone has asked the run to stop.
    """

    def __init__(self, stop: Stop):
        self.stop = stop

    def due(self, epoch: int, step_in_epoch: int) -> bool:
        """Whether `save_within` is to be called after these steps of an epoch."""
        return self.stop.requested is not None

    def save_within(self, epoch: int, step_in_epoch: int) -> None:
        """Saves in the middle of an epoch; the Keras variables are up to date.

        Raises:
            Interrupted: someone has asked the run to stop; it is saved.
        """
        self.stop.check()

    def end_early(self) -> None:
        """Nothing was saved, so there is nothing to leave."""
