"""How long the parts of a run took."""

from triceras.together.turns import clock


class Stopwatch:
    """Measures consecutive parts of a run, from its own making on."""

    def __init__(self):
        self.began = self.last = clock()
        self.seconds: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Ends a part."""
        now = clock()
        self.seconds[name] = now - self.last
        self.last = now

    @property
    def total(self) -> float:
        """Seconds since the beginning."""
        return clock() - self.began
