"""Has OmegaConf read YAML by libyaml, where PyYAML has it: a seventh of what composing takes."""

import functools
import io
from typing import Any

import yaml
from omegaconf import _utils as parts_of_omegaconf

from triceras.patching import patched

make_loader = parts_of_omegaconf.get_yaml_loader


def read_quickly() -> None:
    """Has all that OmegaConf loads from now on read so. Calling it again changes nothing."""
    if hasattr(yaml, "CSafeLoader"):
        parts_of_omegaconf.get_yaml_loader = lambda: Reader


class Reader:
    """What PyYAML takes for a loader.

    Where libyaml finds a fault, PyYAML reads the text again, for its words about it.

    Args:
        stream: a text, or a file that holds one.
    """

    def __init__(self, stream: Any):
        self.stream = stream
        if not isinstance(stream, str | bytes):
            self.stream = Text(stream.read())
            self.stream.name = getattr(stream, "name", "<file>")

    def get_single_data(self) -> Any:
        """What is in it.

        Raises:
            yaml.YAMLError: it is no YAML, or a key is in a group twice.
        """
        text = self.stream.getvalue() if isinstance(self.stream, Text) else self.stream
        quick, own = loaders()
        try:
            return yaml.load(text, quick)
        except yaml.YAMLError:
            return yaml.load(self.stream, own)

    def dispose(self) -> None:
        """Does nothing: nothing is held."""


class Text(io.StringIO):
    """A text that was read from a file."""

    name: str


@functools.cache
def loaders() -> tuple[Any, Any]:
    """OmegaConf's loader on libyaml, and as it is."""
    with patched(yaml, "SafeLoader", yaml.CSafeLoader):
        quick = make_loader()
    return quick, make_loader()
