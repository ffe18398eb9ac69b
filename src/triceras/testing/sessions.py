"""The pytest processes that the whole suite is run in."""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

# What becomes of tests marked `once`: `alone`, no others are run; `apart`, they are not; not set,
# the process of the first backend runs them.
ONCE = "TRICERAS_ONCE"
# The backends that share the tests marked `in_turn`, with commas; not set, each runs them all.
IN_TURN = "TRICERAS_IN_TURN"
# Whether it is the fast half that they share, in which all tests are taken in turn but for some.
FAST_IN_TURN = "TRICERAS_FAST_IN_TURN"
ENGINE_ROOM = Path("tests") / "triceras"
# How pytest is told to run the fast half, in which a process for each wing would mostly import.
FAST = "not slow"
# That with the most to compile comes first, so that no long one is left for the end.
LONGEST_FIRST = ("tensorflow", "jax", "torch")
# How a file says that all of its tests are.
ALL_ONCE = re.compile(r"^pytestmark = (pytest\.mark\.once|\[pytest\.mark\.once,.*\])$", re.M)


def is_once(path: Path) -> bool:
    """Whether all tests of a file are `once`: a process that runs none need not import it."""
    return ALL_ONCE.search(path.read_text("utf-8")) is not None


@dataclasses.dataclass(frozen=True)
class Session:
    """One process of pytest.

    Args:
        backend: the backend that it runs on.
        once: `alone`, `apart` or `None`, see `ONCE`.
        wing: `lab` or `engine room`, the tests of which it runs; `None` runs all.
        sharing: the backends that share the tests marked `in_turn`; none: it runs them all.
        fast: whether it is the fast half that they share.
    """

    backend: str
    once: str | None = None
    wing: str | None = None
    sharing: tuple[str, ...] = ()
    fast: bool = False

    @property
    def name(self) -> str:
        """By its backend, or `once`; the engine room's tests are told from a project's own."""
        kind = "once" if self.once == "alone" else self.backend
        return f"{kind}-engine-room" if self.wing == "engine room" else kind

    @property
    def arguments(self) -> list[str]:
        """Pytest's arguments that choose the wing."""
        chosen = {"engine room": [str(ENGINE_ROOM)], "lab": [f"--ignore={ENGINE_ROOM}"]}
        return chosen[self.wing] if self.wing else []

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that it needs."""
        once = {ONCE: self.once} if self.once else {}
        shared = {IN_TURN: ",".join(self.sharing)} if self.sharing else {}
        if self.sharing and self.fast:
            shared[FAST_IN_TURN] = "1"
        return {"KERAS_BACKEND": self.backend, **once, **shared}


def sessions_of(backends: Sequence[str], arguments: Sequence[str]) -> list[Session]:
    """The processes that run the suite, in the order to start them in.

    What is the same on all backends is left to one of its own, and each wing too, unless the fast
    half or some paths are all that is to be tested: programs that were compiled stay in memory to
    the end of a process, and the longest process is what the others are waited for. Where paths are
    named, or one backend is tested alone, nothing is shared in turn.

    Args:
        backends: those to test.
        arguments: pytest's, as they were typed.
    """
    first = backends[0]
    ordered = sorted(backends, key=LONGEST_FIRST.index)
    named = any(Path(word.partition("::")[0]).exists() for word in arguments)
    few = named or FAST in arguments
    wings = (None,) if few or not ENGINE_ROOM.is_dir() else ("engine room", "lab")
    if len(backends) == 1:
        return [Session(first, wing=wing) for wing in wings]
    # The lab's take less: with them at the end, no core waits long for the last one on another.
    sessions = []
    sharing = () if named else tuple(sorted(backends))
    for wing in wings:
        longest, *others = (
            Session(backend, "apart", wing, sharing, FAST in arguments) for backend in ordered
        )
        # What the engine room's tests train takes least there; the lab's compile native code.
        quick = "torch" if wing == "engine room" and "torch" in backends else first
        sessions += [longest, Session(quick, "alone", wing), *others]
    return sessions
