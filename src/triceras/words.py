"""The words of a command line, `key=value`: read, and written so that they can be pasted."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

# Keys, or their last parts, that are folders and files.
PATHS = ("resume", "resume_sweep", "run", "path", "output_dir", "cache_dir", "weights")
RESOLVER = re.compile(r"\$\\?\{[\w.]+\\?:")


def word(key: str, value: Any) -> str:
    """A word that Hydra reads as this value, quoted where it must be."""
    if not isinstance(value, str):
        return f"{key}={'null' if value is None else str(value).lower()}"
    return f"{key}={value}" if is_plain(value) else f"{key}={quoted(value)}"


def group_of(values: Mapping[str, Any]) -> str:
    """Several plain values as Hydra reads them: `{a: 1, b: null}`."""
    pairs = (word(key, value).partition("=") for key, value in values.items())
    return f"{{{', '.join(f'{key}: {value}' for key, _, value in pairs)}}}"


def is_plain(value: str) -> bool:
    """Whether Hydra reads a text as itself."""
    try:
        (parsed,) = OverridesParser.create().parse_overrides([f"key={value}"])
    except HydraException:
        return False
    return not parsed.is_sweep_override() and parsed.value() == value and "${" not in value


def quoted(text: str) -> str:
    """A text between the quotes of Hydra's language."""
    # Backslashes count double before a quote only.
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', text)
    escaped = re.sub(r"(\\+)$", r"\1\1", escaped)
    return f'"{escaped.replace("${", chr(92) + "${")}"'


def pasted(key: str, value: Any) -> str:
    """`key=value` as it is typed in a shell."""
    return shlex.quote(word(key, value))


def keys_of(words: Sequence[str]) -> set[str]:
    """The keys of words."""
    return {word.partition("=")[0].lstrip("+~") for word in words}


def settled(config: DictConfig, words: Sequence[str]) -> list[str]:
    """Words for a process that composes them anew, whose resolvers would not be those of here.

    Args:
        config: what was composed of the words.
        words: those in which `${hydra:job.num}`, `${now:}` and the like stand are replaced by
            their values of here, where these are no lists or groups of settings.
    """
    found = []
    for one in words:
        value = OmegaConf.select(config, one.partition("=")[0]) if RESOLVER.search(one) else None
        plain = isinstance(value, str | bool | int | float)
        found.append(word(one.partition("=")[0], value) if plain else one)
    return found


def with_quoted_paths(words: Sequence[str]) -> list[str]:
    """Words in which each path that Hydra would read as something else, or not at all, is quoted.

    A run says where its folder is, and that can be pasted after `resume=` whatever is in it.
    """
    many = bool({"-m", "--multirun"} & set(words))
    return [readable(one, many) for one in words]


def readable(one: str, many: bool) -> str:
    """One word, quoted where it is a path that must be.

    Args:
        one: it.
        many: whether a comma parts the values of a sweep.
    """
    key, _, path = one.partition("=")
    is_path = key.lstrip("+").rpartition(".")[2] in PATHS
    if not is_path or not path or path == "null" or path[0] in "\"'" or "${" in path:
        return one
    # Of `weights`, a path may be a part.
    group = key.endswith("weights") and path.startswith("{")
    sweep = many and ("," in path or "(" in path)
    return one if sweep or group or is_plain(path) else f"{key}={quoted(path)}"
