"""The one line that a person reads of an exception, whichever library raised it."""

import re
import sys
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException
from yaml import MarkedYAMLError

from triceras.commands.unknown import inner_key, unknown_choice, unknown_key, wrong_choice
from triceras.commands.unreadable_yaml import unreadable_yaml
from triceras.errors import UserError, one_line
from triceras.runs.faults import disk_full, is_disk_full
from triceras.words import pasted

FULL_ERROR = "HYDRA_FULL_ERROR"
UNKNOWN = re.compile(r"Could not override '([^'@]+)[^']*'")
NOTHING_TO_DELETE = re.compile(r"Could not delete from config. '([^']+)' does not exist")
SEVERAL_VALUES = re.compile(r"Ambiguous value for argument '([^=]+)=(.*)'")
MERGING = re.compile(r"Error merging override (.*)")


def message(error: Exception, words: Sequence[str] | None = None) -> str:
    """The one line about an exception.

    Args:
        error: it.
        words: of the command line; `None` for those of this process.
    """
    if isinstance(error, UserError):
        return str(error)
    words = sys.argv[1:] if words is None else words
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        # Of a list of choices Hydra does not say what there is.
        choice = unknown_choice(error.missing_cfg_file, error.options or ())
        return choice or one_line(error)
    if is_disk_full(error):
        return disk_full(error)
    if isinstance(error, MarkedYAMLError):
        return unreadable_yaml(error)
    if isinstance(error, OverrideParseException):
        return unreadable(words) or one_line(error)
    unknown = UNKNOWN.match(str(error)) or NOTHING_TO_DELETE.match(str(error))
    if unknown:
        return unknown_key(inner_key(error, unknown[1]), words)
    several = SEVERAL_VALUES.match(str(error))
    if several:
        key, values = several.groups()
        return (
            f"{key}={values} names several values, and one run takes one: add -m to have a run of "
            f"each, or write {key}=[{values}] for a list, {pasted(key, values)} for a text"
        )
    merging = MERGING.match(str(error))
    if isinstance(error, ConfigCompositionException) and merging:
        return f"{merging[1]} does not fit: {str(error.__cause__).splitlines()[0]}"
    if isinstance(error, TypeError | ValueError) and (choice := wrong_choice(words)):
        return choice
    if isinstance(error, MissingMandatoryValue) and error.full_key:
        return f"{error.full_key}= is missing: give {error.full_key}=<value>"
    if isinstance(error, HydraException | OmegaConfBaseException):
        reason = error.__cause__ if type(error.__cause__) is OmegaConfBaseException else None
        return one_line(reason or error)
    # JAX adds pages of its own.
    where = "; ".join(note for note in getattr(error, "__notes__", []) if "\n" not in note)
    return (
        f"{type(error).__name__}: {one_line(error)} ({where + '; ' if where else ''}"
        f"set {FULL_ERROR}=1 to see the traceback)"
    )


def unreadable(words: Sequence[str]) -> str | None:
    """The message about the first word that is not in Hydra's language."""
    for before, word in zip(("", *words), words, strict=False):
        if word.startswith("-"):
            continue
        try:
            OverridesParser.create().parse_overrides([word])
        except HydraException as error:
            key, equals, value = word.partition("=")
            if not equals and before == "--run":
                return (
                    f"--run is an option of Hydra's and takes no value: write {pasted('run', word)}"
                )
            if not equals:
                return f"{word} is no setting: write <key>=<value>"
            if not re.fullmatch(r"[+~]*[\w./@:-]+", key):
                return f"{word} cannot be read: {key} is no key, as `--cfg job` prints them"
            reason = one_line(error).partition(" See https")[0]
            return (
                f"{word} cannot be read ({reason}): where it is a text, write {pasted(key, value)}"
            )
    return None
