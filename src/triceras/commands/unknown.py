"""What is said of keys and choices that do not exist, with those next to them that do."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from triceras.config import PACKAGE, files, own_folder
from triceras.nearest import is_slip, nearest
from triceras.patching import environment
from triceras.sections import KNOWN, SEVERAL
from triceras.targets import taken
from triceras.words import keys_of

# What people call keys elsewhere.
SHORT = {
    **{"lr": "learning_rate", "wd": "weight_decay", "bs": "batch_size"},
    **{"gpus": "devices", "steps": "max_steps"},
}


def unknown_choice(path: str, options: Sequence[str] = ()) -> str | None:
    """The message about a configuration file that is not there, or `None` where it is no choice.

    Args:
        path: the file within `conf/`, without its ending, for example `experiment/deep/classifier`.
        options: those that Hydra found in the same folder.
    """
    parts = path.split("/")
    depth = 2 if parts[0] == "hydra" else 1
    group, name = "/".join(parts[:depth]), "/".join(parts[depth:])
    # Hydra names one folder's options only, not those of its subfolders; some of its own groups are
    # in no file.
    own = options if parts[0] == "hydra" else ()
    known = sorted({*files(group), *own}) or options
    return f"{group}={name} is unknown: use one of {', '.join(known)}" if known else None


def wrong_choice(words: Sequence[str]) -> str | None:
    """The message about the first word that chooses something else than a name for a group."""
    for override in parsed(words):
        key, value = override.key_or_group, override.value()
        names = value if isinstance(value, list) else [value]
        if key in groups() and not all(isinstance(name, str) for name in names):
            return unknown_choice(f"{key}/{'null' if value is None else value}")
    return None


def inner_key(error: Exception, key: str) -> str:
    """The key that is not there, of one that was given a group of several."""
    inner = str(getattr(error.__cause__, "full_key", None) or "")
    return inner if inner.startswith(f"{key}.") and key not in groups() else key


def unknown_key(key: str, words: Sequence[str]) -> str:
    """The message about a key that was typed and is not there.

    Args:
        key: it.
        words: of the command line.
    """
    if key in groups():
        return f"{key}= takes a name: use one of {', '.join(files(key))}"
    config = composed([word for word in words if not sets(word, key)])
    if key in all_keys(config):
        # Hydra takes a value that is null for none.
        return f"~{key} has no effect, as it is null: leave it out"
    place, _, last = key.rpartition(".")
    if last in KNOWN.get(place, ()):
        return f"{key} is not in this configuration: to set it, +{key}=<value>"
    keys = all_keys(config)
    near = [] if last.startswith("_") else nearest(key, [*keys, *groups()])
    if last in SHORT and place in ("", "optimizer"):
        near = [one for one in keys if one.rpartition(".")[2] == SHORT[last]] or near
    parent = OmegaConf.select(config, place) if place else None
    # A whole group, as data, is chosen, and has no parts before.
    empty = "." in place and place in keys and parent is None
    argument = ""
    section = next((name for name in SEVERAL if place.startswith(f"{name}.")), None)
    if is_open(place, parent):
        near = nearest(key, [f"{place}.{name}" for name in parent or ()])
        argument = f"+{key}=<value>"
    elif section and parent is None:
        place, parent = section, OmegaConf.select(config, section)
        argument = f"+{key}=<value>"
    elif empty:
        # What is alike elsewhere is not meant: somebody knows the group, which is not there yet.
        near = []
    elif isinstance(parent, DictConfig) and takes(config, parent, last, near):
        near, argument = [], f"+{key}=<value>, an argument of {parent['_target_']}"
    elif (
        isinstance(parent, DictConfig)
        and not (place == "optimizer" and last in SHORT)
        and not any(is_slip(key, other) for other in near)
    ):
        target = parent.get("_target_")
        argument = f"+{key}=<value>, an argument of {target}" if isinstance(target, str) else ""
    sources = sources_with(last) if place == "data" and "data" not in keys_of(words) else []
    if sources and not any(is_slip(key, other) for other in near):
        which = " or ".join(f"data={name}" for name in sources)
        cure = f"it is of {which}: say which as well, as in data={sources[0]} {key}=<value>"
    elif near:
        cure = f"did you mean {' or '.join([*near, *([argument] if argument else [])])}?"
    elif isinstance(parent, DictConfig):
        there = ", ".join(name for name in map(str, parent) if not name.startswith("_"))
        cure = f"{place} has {there or 'none'}" + (f"; to add it, {argument}" if argument else "")
    elif place and parent is not None:
        cure = f"{place} is {parent}, and has no parts"
    elif empty and place in keys_of(words):
        cure = f"{place}= was given a value, which has no parts: give it {{<key>: <value>, ...}}"
    elif empty:
        cure = f"{place} is null, and has no parts yet: to give it some, +{key}=<value>"
    else:
        cure = "`--cfg job` prints all that is"
        if place == "data":
            # As evaluate.py, which takes the data of the run where none are named.
            cure = f"say data= as well, as in data=arrays {key}=<value>"
        elif place == "hydra.launcher":
            cure = f"say which launcher as well, as in hydra/launcher=local {key}=<value>"
        elif place.startswith("data"):
            cure += " (another data= may bring other keys)"
    return f"{key} is not in this configuration: {cure}"


def takes(config: Any, group: DictConfig, name: str, near: Sequence[str]) -> bool:
    """Whether what a group builds has an argument that some other group has as well.

    Args:
        config: all of the configuration.
        group: the part of it.
        name: of the argument.
        near: the keys that are most like it.
    """
    alike = any(is_slip(name, key) for key in near)
    target = group.get("_target_")
    # Where none is alike it is offered as it is, which asks for no import.
    if not isinstance(target, str) or not alike:
        return False
    try:
        with environment(KERAS_BACKEND=str(config.backend.name)):
            return name in taken(target)
    except Exception:
        return False


def sources_with(key: str) -> list[str]:
    """The choices of data of the engine room's that have a key."""
    found = []
    for name, path in files("data").items():
        config = OmegaConf.load(path) if path.is_relative_to(PACKAGE) else None
        # Not `in config`, which knows nothing of what is to be given.
        if isinstance(config, DictConfig) and key in [*config]:
            found.append(name)
    return found


def sets(word: str, key: str) -> bool:
    """Whether a word sets a key, or the group that it is in."""
    return any(f"{key}.".startswith(f"{one}.") for one in keys_of([word]) - {*groups()})


def is_open(place: str, group: Any) -> bool:
    """Whether a group takes whatever keys a person gives it, as `data.options` does."""
    named = isinstance(group, DictConfig) and "_target_" not in group
    return named and "." in place


def groups() -> list[str]:
    """The names of the groups of configurations."""
    return sorted({name.split("/")[0] for name in files() if "/" in name} - {"hydra"})


def all_keys(config: Any, prefix: str = "") -> list[str]:
    """All keys of a configuration, dotted; what is in lists has none."""
    found = []
    if isinstance(config, DictConfig):
        config = OmegaConf.to_container(config, resolve=False)
    for name, value in config.items() if isinstance(config, dict) else ():
        found += [f"{prefix}{name}", *all_keys(value, f"{prefix}{name}.")]
    return [key for key in found if not key.rpartition(".")[2].startswith("_")]


def composed(words: Sequence[str]) -> DictConfig:
    """What the command would be given with as many of its words as can be read."""
    name = Path(sys.argv[0]).stem
    if not any((folder / f"{name}.yaml").is_file() for folder in (PACKAGE, own_folder())):
        name = "train"
    usable = [o.input_line for o in parsed(words) if not o.is_sweep_override()]
    choices = [word for word in usable if keys_of([word]) & set(groups())]
    GlobalHydra.instance().clear()
    with hydra.initialize_config_dir(str(own_folder()), version_base="1.3"):
        # The words may hold more than one mistake.
        for some in (usable, choices):
            try:
                return hydra.compose(name, some)
            except Exception:
                continue
        return hydra.compose(name)


def parsed(words: Sequence[str]) -> list[Any]:
    """Those of some words that Hydra can read."""
    found = []
    for word in words:
        try:
            found += OverridesParser.create().parse_overrides([word])
        except HydraException:
            continue
    return found
