"""Several seeds of one configuration, whose steps are computed by one program."""

import functools
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from triceras.checkpoints.resume import AUTO
from triceras.commands.finished_seeds import finished_before
from triceras.commands.told_seeds import named, tell_of_failure, told
from triceras.commands.train import load_data, train
from triceras.data.dataset import Dataset, Split
from triceras.data.dividing import version
from triceras.devices import CUSTOM, wanted
from triceras.errors import UserError
from triceras.runs import stop
from triceras.runs.stop import Stop, handling
from triceras.settings import LARGEST_SEED, check_number, check_whole
from triceras.together.turns import take_turns

KEY = "seeds_in_parallel"
PROFILE = "triceras.runs.profile.Profile"


def train_seeds(config: DictConfig) -> float | None:
    """Trains what a configuration describes, with one seed or with several at once.

    Each seed has a run folder of its own, as if it had been trained alone.

    Args:
        config: as `scripts/train.py` is given it; see `conf/train.yaml`.

    Returns:
        The value of `config.monitor` at the end, of several seeds the mean, or `None`.

    Raises:
        UserError: it cannot be, or the run of a seed failed; the others have gone on.
    """
    count = config.get(KEY, 1)
    check_whole(KEY, count)
    if count == 1:
        return train(config).objective
    check(config, count)
    configs = [of_seed(config, config.seed + place) for place in range(count)]
    before = finished_before(configs) if config.resume == AUTO else {}
    left = [each for each in configs if each.seed not in before]
    for seed, outcome in before.items():
        print(f"seed {seed} has finished before: {outcome.folder}")
    if len(left) > 1:
        seeds = named(each.seed for each in left)
        print(f"{seeds} together; what is printed is of seed {left[0].seed}", flush=True)
    load = once()
    heard = Heard()
    tasks = [functools.partial(train, each, load=load, listening=heard.listening) for each in left]
    with handling(config.signals, heard.handle):
        turns = take_turns(
            tasks,
            answering(),
            ends_all=is_of_all,
            ended=lambda turn: tell_of_failure(left[turn.place].seed, turn.error),
            heard=lambda turn: print(f"seed {left[turn.place].seed} from here on", flush=True),
        )
    return told(left, turns, before)


def is_of_all(error: BaseException) -> bool:
    """Whether what ended the first seed, before its first step, would end the others as well.

    What a callback raises may be of one seed.
    """
    return isinstance(error, UserError) or not isinstance(error, Exception)


def check(config: DictConfig, count: int) -> None:
    """Checks that seeds can be trained together.

    Raises:
        UserError: they cannot.
    """
    where = f"{KEY}={count}"
    check_number("seed", config.seed)
    if config.seed + count - 1 > LARGEST_SEED:
        raise UserError(f"{where}: seed={config.seed} leaves too few: at most {LARGEST_SEED}")
    devices, _ = wanted(config)
    wrong = {
        f"loop={config.loop.name}: use loop=custom": config.loop.get("_target_") != CUSTOM,
        "an engine of your own (loop.engine)": bool(config.loop.get("engine")),
        f"devices={devices}: use devices=1": devices != 1,
        "compile=false: use compile=true": not config.compile,
        f"random={config.random}: use random=portable": config.random != "portable",
        "debug=profile, which traces one run": any(
            str(one.get("_target_")) == PROFILE for one in config.callback.values()
        ),
        "resume=<a run folder>: go on with that run alone, or with resume=auto": (
            config.resume not in (None, AUTO)
        ),
    }
    for fault in (name for name, is_so in wrong.items() if is_so):
        raise UserError(f"{where} does not go with {fault}")


def of_seed(config: DictConfig, seed: int) -> DictConfig:
    """The configuration of a run that is alone."""
    own = config.copy()
    with open_dict(own):
        own.seed, own[KEY] = seed, 1
    return own


def answering() -> Callable[[list[Any]], list[Any]]:
    """What computes what the runs of a command ask for, once Keras is there."""
    begun = False

    def answer(requests: list[Any]) -> list[Any]:
        from triceras import engines

        nonlocal begun
        together: Any = engines.answer_together()
        if not begun:
            together.begin()
        begun = True
        return together(requests)

    return answer


def once() -> Callable[..., Any]:
    """Loads data that are the same for several seeds once, and in memory once."""
    known: list[tuple[Any, Dataset]] = []

    def load(config: DictConfig, kept: Any) -> Any:
        chosen = OmegaConf.to_container(config.data, resolve=True), version()
        for before, data in known:
            if before == (chosen, kept):
                return data
        data = load_data(config, kept)
        # Others keep what they have made, or where they are.
        if all(type(split) is Split for split in (data.train, data.validation, data.test) if split):
            known.append(((chosen, kept), data))
        return data

    return load


class Heard:
    """Hands the signals that the process gets on to all of its runs."""

    def __init__(self):
        self.stops: list[Stop] = []
        self.requested: int | None = None

    @contextmanager
    def listening(
        self, names: Sequence[str], grace: float, give_up: Callable[[str], Any]
    ) -> Iterator[Stop]:
        """See `triceras.runs.stop.listening`, of which it takes the place."""
        with stop.listening(names, grace, give_up) as own:
            self.stops.append(own)
            if self.requested is not None:
                own.note(self.requested)
            try:
                yield own
            finally:
                self.stops.remove(own)

    def handle(self, number: int, frame: Any = None) -> None:
        """Is called by Python when a signal comes."""
        if self.requested is not None:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            return
        self.requested = number
        for each in list(self.stops):
            each.note(number)
        # `print` is not for signal handlers: it may be in the middle of another one.
        name = signal.Signals(number).name
        os.write(2, f"{name}: finishing the step, then saving all seeds\n".encode())
