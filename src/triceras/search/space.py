"""Where a search looks, in Hydra's own language: `choice`, `range`, `interval`, `tag(log, ...)`."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import Trial

from triceras.errors import UserError, one_line

# What Optuna keeps of a choice as it is.
PLAIN = (str, int, float, bool, type(None))


@dataclasses.dataclass(frozen=True)
class Space:
    """What the trials of a search differ in.

    Args:
        distributions: of the parameters, by their keys.
        prefixed: the keys as they are typed, with `+` where it is there.
        chosen: of those that are chosen from a list, how each value is typed.
        fixed: the words that all trials have, as Hydra's own sweeper hands them on.
        typed: the same as a person typed them.
    """

    distributions: Mapping[str, BaseDistribution]
    prefixed: Mapping[str, str]
    chosen: Mapping[str, Mapping[tuple[type, Any], str]]
    fixed: Sequence[str]
    typed: Sequence[str]

    @property
    def first(self) -> dict[str, str]:
        """The words of the first of each choice, by their keys."""
        return {
            key: f"{self.prefixed[key]}={next(iter(typed.values()))}"
            for key, typed in self.chosen.items()
        }

    def words(self, trial: Trial) -> list[str]:
        """The words of a trial that others may not have."""
        return [self.word(key, value) for key, value in trial.params.items()]

    def word(self, key: str, value: Any) -> str:
        """A parameter as it is typed."""
        typed = self.chosen[key][marked(value)] if key in self.chosen else repr(value)
        return f"{self.prefixed.get(key, key)}={typed}"


def read(words: Sequence[str], config_loader: Any = None) -> Space:
    """Reads what is searched from the words of a command line; of a key the last one counts.

    Args:
        words: those of `hydra.sweeper.params`, and those that were typed.
        config_loader: Hydra's, which knows what `glob(*)` stands for.

    Raises:
        UserError: a word cannot be searched, or none asks for a search.
    """
    overrides: dict[str, Override] = {}
    for override in OverridesParser.create(config_loader).parse_overrides(list(words)):
        # With its package: one group may be there several times.
        key = override.key_or_group + (f"@{override.package}" if override.package else "")
        overrides.pop(key, None)
        overrides[key] = override
    distributions, prefixed, chosen = {}, {}, {}
    fixed = [override for override in overrides.values() if not override.is_sweep_override()]
    for key, override in overrides.items():
        if not override.is_sweep_override():
            continue
        prefixed[key] = override.get_key_element()
        try:
            if override.is_interval_sweep():
                distributions[key] = interval(override.value())
            elif override.is_range_sweep():
                distributions[key] = steps(override.value())
            else:
                chosen[key] = choices(override)
                distributions[key] = CategoricalDistribution([value for _, value in chosen[key]])
        except ValueError as error:
            raise UserError(
                f"{override.input_line} cannot be searched: {one_line(error)}"
            ) from error
    if not distributions:
        raise UserError(
            "nothing says what to search: type, for example, "
            "'optimizer.learning_rate=tag(log,interval(1e-4,1e-1))', or set hydra.sweeper.params"
        )
    typed = [str(override.input_line) for override in fixed]
    return Space(distributions, prefixed, chosen, list(map(handed_on, fixed)), typed)


def handed_on(override: Override) -> str:
    """A word in which a reference stays one, wherever it is written down meanwhile."""
    if override.is_delete():
        return str(override.input_line)
    return f"{override.get_key_element()}={override.get_value_element_as_str()}"


def marked(value: Any) -> tuple[type, Any]:
    """A value that tells 1 from 1.0 and from true."""
    return type(value), value


def choices(override: Override) -> dict[tuple[type, Any], str]:
    """How the values of a choice are typed.

    Those that Optuna could not keep, or tell from each other, are texts in it.
    """
    typed = list(override.sweep_string_iterator())
    listed = getattr(override.value(), "list", None) or typed
    values = [value.text if isinstance(value, QuotedString) else value for value in listed]
    as_they_are = len(values) == len(typed) and all(isinstance(value, PLAIN) for value in values)
    if not as_they_are or len(set(values)) < len(values):
        values = typed
    return {marked(value): word for value, word in zip(values, typed, strict=True)}


def interval(sweep: Any) -> BaseDistribution:
    """All numbers between two, both of them included; `int(interval(1, 8))` whole ones."""
    log = is_log(sweep)
    if isinstance(sweep.start, int) and isinstance(sweep.end, int):
        return IntDistribution(sweep.start, sweep.end, log=log)
    return FloatDistribution(sweep.start, sweep.end, log=log)


def steps(sweep: Any) -> BaseDistribution:
    """The numbers from a first one on, without the one at which a range stops."""
    start, stop, step = sweep.start, sweep.stop, sweep.step
    # A range of decimals may miss its end by a hair.
    count = math.ceil((stop - start) / step - 1e-9) if step else 0
    if count < 1:
        raise ValueError("the range is empty")
    # As decimals, or the last one may lie a hair below, and never be tried.
    last = float(Decimal(str(start)) + (count - 1) * Decimal(str(step)))
    low, high = sorted((start, last))
    log = is_log(sweep)
    if all(isinstance(number, int) for number in (start, stop, step)):
        return IntDistribution(int(low), int(high), log=log, step=int(abs(step)))
    return FloatDistribution(low, high, log=log, step=abs(step))


def is_log(sweep: Any) -> bool:
    """Whether numbers are drawn by their logarithms.

    Raises:
        ValueError: another tag than `log` is there, which nothing reads.
    """
    unknown = sorted(sweep.tags - {"log"})
    if unknown:
        raise ValueError(f"the tag {unknown[0]} is unknown: use tag(log, ...)")
    return "log" in sweep.tags
