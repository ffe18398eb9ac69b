"""Keeps keys and passwords out of what leaves the machine."""

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SECRET_NAME = re.compile(
    r"(api|access|private|secret)[_-]?key|password|passwd|secret|credential|(^|[_.-])token$",
    re.IGNORECASE,
)
# Of a vocabulary: a run that lacked these would go on with others.
OF_WORDS = re.compile(
    r"(^|[_.-])(pad|padding|bos|eos|sos|eot|start|begin|end|stop|unk|unknown|oov|mask|sep|separator"
    r"|cls|class|blank|image|video|audio|prompt|newline|system|user|assistant|tool|special)"
    r"[_-]?token$",
    re.IGNORECASE,
)
PASSWORD = re.compile(r"password|passwd", re.IGNORECASE)
# Settings of a model have such numbers, and keys are longer.
NUMBER = re.compile(r"[-+]?(\d{1,7}|\d*\.\d*(e[-+]?\d+)?|\d+e[-+]?\d+|inf|nan)", re.IGNORECASE)
SECRET_VALUE = re.compile(
    r"^[0-9a-f]{40}$"  # W&B's keys, and what GitHub's were
    r"|\b(wandb_v\d|gh[pousr]_|github_pat_|AKIA)[\w-]{16,}"
    # Words follow in names of files: `sk-learn-digits.npz`.
    r"|\b(local-[0-9a-f]{20,}|hf_[A-Za-z0-9]{20,}|sk-(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{16,})"
    r"|://[^/\s:@]+:[^/\s@]+@"  # a password in a URL
)
SHORTEST_SECRET = 8
HIDDEN = "***"
WORD = re.compile(r"[^\s'\"=,;()\[\]{}]+")

# The secrets of the configurations of this process.
remembered: set[str] = set()


def without_secrets(value: Any) -> Any:
    """Leaves out of a configuration what looks like a secret.

    Args:
        value: dictionaries and lists in each other, and plain values.

    Returns:
        A copy without the entries whose name says key, password, secret or token, and without the
        texts that look like a key or hold a secret of the environment.
    """
    if isinstance(value, Mapping):
        return {
            name: without_secrets(part)
            for name, part in value.items()
            if not is_hidden(part, str(name))
        }
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [without_secrets(part) for part in value if not is_hidden(part)]
    return value


def left_out(value: Any, key: str = "") -> list[str]:
    """The keys of what `without_secrets` leaves out of a configuration, as `model.network.key`."""
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = enumerate(value)
    else:
        return []
    named = [(f"{key}.{name}".lstrip("."), str(name), part) for name, part in items]
    gone = [at for at, name, part in named if is_hidden(part, name)]
    return gone + [one for at, _, part in named if at not in gone for one in left_out(part, at)]


def is_hidden(value: Any, name: str = "") -> bool:
    """Whether a part of a configuration is left out, for its value or its name."""
    return is_secret_value(value) or is_secret(name, value)


@contextlib.contextmanager
def command_line_without_secrets() -> Iterator[None]:
    """Hides from `sys.argv`, for a while, the arguments `name=value` that look like a secret."""
    arguments = sys.argv
    sys.argv = [argument for argument in arguments if not is_secret_argument(argument)]
    try:
        yield
    finally:
        sys.argv = arguments


def is_secret_name(name: str) -> bool:
    """Whether what has this name is likely to be a secret."""
    return SECRET_NAME.search(name) is not None and OF_WORDS.search(name) is None


def is_secret(name: str, value: Any) -> bool:
    """Whether a value is likely to be a secret for its name."""
    if isinstance(value, bool | None) or not is_secret_name(name):
        return False
    # Numbers are none, as `first_token: 5` and `secret_scale: 4.0` are.
    return PASSWORD.search(name) is not None or not NUMBER.fullmatch(str(value))


def is_secret_value(value: Any) -> bool:
    """Whether a value is a text that looks like a secret, or holds one of the environment."""
    if not isinstance(value, str):
        return False
    return SECRET_VALUE.search(value) is not None or any(
        secret in value for secret in secrets_of_environment()
    )


def is_secret_argument(argument: str) -> bool:
    """Whether a word of a command line, `name=value` or not, is likely to be a secret."""
    name, _, value = argument.partition("=")
    return is_secret(name, value) or is_secret_value(value or name)


def secrets_of_environment() -> list[str]:
    """The values of the environment variables whose names say that they are secret."""
    return [
        value
        for name, value in os.environ.items()
        if is_secret_name(name) and len(value) >= SHORTEST_SECRET
    ]


def remember_secrets(value: Any, secret: bool = False) -> None:
    """Notes the texts that `without_secrets` leaves out, for `redacted` to hide them elsewhere."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            remember_secrets(part, secret or is_secret_name(str(name)))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for part in value:
            remember_secrets(part, secret)
    elif isinstance(value, str) and secret and len(value) >= SHORTEST_SECRET:
        remembered.add(value)


def redacted(text: str) -> str:
    """A text in which stars are in the place of secrets."""
    for secret in sorted(remembered | set(secrets_of_environment()), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return WORD.sub(lambda word: HIDDEN if SECRET_VALUE.search(word[0]) else word[0], text)


def redacted_arguments(arguments: Sequence[str]) -> list[str]:
    """The words of a command line, with stars in the place of the values that look secret."""
    return [
        f"{argument.partition('=')[0]}={HIDDEN}"
        if "=" in argument and is_secret_argument(argument)
        else redacted(argument)
        for argument in arguments
    ]
