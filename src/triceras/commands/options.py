"""Options of the command line, `--like=this`, that are none of Hydra's."""

import argparse
import contextlib
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from triceras.commands.unknown import all_keys, composed, groups
from triceras.errors import UserError
from triceras.nearest import nearest
from triceras.patching import patched

# How Hydra describes its parser, which is one of several in a process.
HYDRA = "Hydra"


@contextlib.contextmanager
def telling_options() -> Iterator[None]:
    """Has Hydra raise what is wrong with an option, where it would print how it is used.

    Raises:
        UserError: an option is none of Hydra's, or not used as it must be.
    """
    leave = argparse.ArgumentParser.error

    def error(parser: argparse.ArgumentParser, message: str) -> NoReturn:
        if parser.description != HYDRA:
            leave(parser, message)
        words = sys.argv[1:]
        raise UserError(told(words, [*parser._option_string_actions], message))

    with patched(argparse.ArgumentParser, "error", error):
        yield


def told(words: Sequence[str], known: Sequence[str], message: str) -> str:
    """One line about options.

    Args:
        words: of the command line.
        known: the options that there are.
        message: what was said of them.
    """
    options = [(i, one) for i, one in enumerate(words) if one.startswith("-")]
    for i, one in options:
        name, equals, value = one.partition("=")
        # Hydra's may be abbreviated.
        if name in known or (name[:2] == "--" and any(other.startswith(name) for other in known)):
            continue
        following = "".join(words[i + 1 : i + 2])
        if not equals and "=" not in following and not following.startswith("-"):
            value = following
        key = name.lstrip("-").replace("-", "_")
        keys = [*all_keys(composed([])), *groups()]
        near = [key] if key in keys else nearest(key, keys)[:1]
        if near:
            setting = shlex.quote(f"{near[0]}={value}") if value else f"{near[0]}=<value>"
            return f"{one} is no option: settings are written without dashes, {setting}"
        return (
            f"{one} is no option: settings are written without dashes, <key>=<value>; --help "
            "prints every key, and --hydra-help every option"
        )
    if message.startswith("unrecognized") and options:
        return f"the settings are on both sides of {options[0][1]}: write all of them after it"
    return f"{message}: --hydra-help prints how options are written"
