"""Commands made at random of all that `conf/` has: every group's choices, keys and values."""

import functools
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from triceras.config import files, own_folder, prepare_hydra
from triceras.testing import configuration_data
from triceras.testing.inherited.subjects import read
from triceras.words import word

# How often a group is chosen from, beside `experiment` and `data`, which always are.
CHOSEN = {
    **{"model": 0.4, "optimizer": 0.35, "loop": 0.6, "callback": 0.35, "debug": 0.15},
    **{"logger": 0.1, "figures": 0.15},
}
SETTINGS = {
    "random": ("native",),
    "precision": ("mixed_bfloat16",),
    "compile": ("false",),
    "seed": ("1", "123456"),
    "shuffle_buffer": ("1", "10"),
    "epochs": ("1", "2"),
    "callback.checkpoints.every_steps": ("1",),
    "loop.steps_per_call": ("1",),
    "loop.device_data_mb": ("0",),
    "monitor": ("loss", "val_los"),
    "data.validation_size": ("0",),
    "data.binarize": ("threshold", "fixed", "fresh"),
}
WILD = (
    "null",
    "abc",
    "-1",
    "0",
    "2.5",
    "1e30",
    "nan",
    "true",
    "[]",
    "[1]",
    "{a: 1}",
    '""',
    '"a=b"',
)
# Small, so that nothing made of them is large.
INTEGERS = ("-1", "0", "1", "2", "3", "7")
FLOATS = ("-1.0", "0.0", "1e-3", "0.5", "1.0", "1e3", "inf")
LEFT_ALONE = ("output_dir", "cache_dir", "max_steps", "resume", "signals", "grace", "data.path")
STEPS = 2


def commands(
    seed: int, numbers: Iterable[int], backends: Sequence[str], folder: str, same: bool = False
) -> Iterator[list[str]]:
    """The words of commands.

    Args:
        seed: says which they are.
        numbers: of those that are wanted.
        backends: their names; each command is for one of them, in turn.
        folder: that of `write_data`.
        same: give each command for every backend instead.
    """
    prepare_hydra()
    for number in numbers:
        for backend in backends if same else [backends[number % len(backends)]]:
            yield command(random.Random(f"{seed} {number}"), backend, folder)


def command(generator: random.Random, backend: str, folder: str) -> list[str]:
    """The words of one command, of a run of two steps on a little of its data."""
    names = {group: list(files(group)) for group in ("experiment", "data", *CHOSEN)}
    words = [f"experiment={generator.choice(names['experiment'])}", f"backend={backend}"]
    # Most of others do not fit the experiment's model, and are refused.
    data = own_data_of(words[0]) if generator.random() < 0.6 else generator.choice(names["data"])
    words += [f"data={data}", "figures=none", "logger=csv"]
    for group, often in CHOSEN.items():
        if generator.random() < often:
            words = [each for each in words if not each.startswith(f"{group}=")]
            words.append(f"{group}={generator.choice(names[group])}")
    found = read(files("data")[data])
    words += where_from(data, found, folder)
    # The file has test rows of its own.
    little = {"limit": 64, "validation_size": 16} | ({} if "path" in found else {"test_size": 16})
    words += [f"data.{name}={size}" for name, size in little.items() if name in found]
    words += [f"batch_size={generator.choice((1, 8, 16))}", "evaluation_batch_size=16"]
    leaves = leaves_of(words)
    for key, values in SETTINGS.items():
        if generator.random() < 0.15 and key in leaves:
            words.append(f"{key}={generator.choice(values)}")
    for _ in range(generator.choice((0, 0, 0, 1, 1, 2))):
        words.append(changed(generator, leaves))
    return [*words, f"max_steps={STEPS}"]


def where_from(name: str, config: Any, folder: str) -> list[str]:
    """The words that say where a data set is, of what `write_data` has made."""
    if "path" in config:
        place = f"{folder}/images" if "folder" in name else f"{folder}/data.npz"
        return [word("data.path", place)]
    if "source" not in config:
        return []
    function = "batches" if "steps_per_epoch" in config else "arrays"
    words = [f"data.source={configuration_data.__name__}.{function}", "data.classes=10"]
    return [*words, "data.image_shape=[28,28,1]"] + (
        ["data.steps_per_epoch=3"] if function == "batches" else []
    )


def write_data(folder: Path) -> None:
    """Writes what data are read from that come from files."""
    configuration_data.write_file(folder / "data.npz")
    configuration_data.write_folder(folder / "images")


@functools.cache
def own_data_of(experiment: str) -> str:
    """The data set of an experiment."""
    GlobalHydra.instance().clear()
    with hydra.initialize_config_dir(str(own_folder()), version_base="1.3"):
        config = hydra.compose("train", [experiment], return_hydra_config=True)
    return config.hydra.runtime.choices["data"]


def leaves_of(words: list[str]) -> dict[str, Any]:
    """The keys of the configuration that words make, with their values; none where they do not."""
    prepare_hydra()
    GlobalHydra.instance().clear()
    try:
        with hydra.initialize_config_dir(str(own_folder()), version_base="1.3"):
            config = hydra.compose("train", words)
    except Exception:
        return {}
    return dict(flat(OmegaConf.to_container(config, resolve=False), ""))


def flat(config: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """The dotted keys of all that is no group of settings, and their values."""
    if isinstance(config, dict):
        for name, value in config.items():
            yield from flat(value, f"{prefix}.{name}" if prefix else str(name))
    # The variables of a backend are not those of another, for which a command may be made too.
    elif prefix not in LEFT_ALONE and not prefix.startswith("backend.environment"):
        yield prefix, config


def changed(generator: random.Random, leaves: dict[str, Any]) -> str:
    """A word that changes a key, most often to what it may be, or that mistakes it."""
    key = generator.choice(sorted(leaves)) if leaves else "seed"
    kind = generator.random()
    if kind < 0.06:
        return f"~{key}"
    if kind < 0.12:
        at = generator.randrange(len(key))
        return f"{generator.choice(('', '+'))}{key[:at]}{key[at + 1 :]}=1"
    if kind < 0.18:
        return f"+{key.rpartition('.')[0]}.new=1".replace("+.", "+")
    if kind < 0.24 and "." in key:
        key = key.rpartition(".")[0]
    return f"{key}={value(generator, leaves.get(key))}"


def value(generator: random.Random, before: Any) -> str:
    """A value of the kind that a key has, or of any."""
    if generator.random() < 0.35:
        return generator.choice(WILD)
    if isinstance(before, bool):
        return str(not before).lower()
    if isinstance(before, int):
        return generator.choice(INTEGERS)
    if isinstance(before, float):
        return generator.choice(FLOATS)
    if isinstance(before, list):
        return f"[{', '.join(generator.choice(INTEGERS[2:]) for _ in range(2))}]"
    return generator.choice(("null", "relu", "linear", "none", "mean", "3"))
