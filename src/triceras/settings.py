"""Checks the settings that a person types, before anything slow happens."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.data.announced import held_to_its_word
from triceras.data.apart import check_apart, splits_of
from triceras.data.dataset import Dataset
from triceras.errors import UserError
from triceras.runs.stop import check_signals
from triceras.tracking.redaction import remember_secrets

LEAST = {
    "seed": 0,
    "batch_size": 1,
    "evaluation_batch_size": 1,
    "epochs": 1,
    "max_steps": 1,
    "shuffle_buffer": 1,
    "log_every": 1,
}
# Keras's seeds are int32 on some backends.
LARGEST_SEED = 2**31 - 1
OPTIONAL = {"epochs", "max_steps", "shuffle_buffer"}
CHOICES = {
    "random": ("portable", "native"),
    "precision": ("float32", "mixed_bfloat16"),
    "compile": (True, False),
    "progress_bar": ("auto", True, False),
    "monitor_mode": ("min", "max"),
    "schedule": ("stretch", "keep"),
}

# Values that Keras takes and a run does not, and why.
REFUSED = {
    ("precision", "mixed_float16"): "which loses small gradients unless each optimizer scales the "
    "loss: use mixed_bfloat16, which has the range of float32 in as many bits",
    ("precision", "bfloat16"): "in whose weights small steps are lost: use mixed_bfloat16, which "
    "keeps weights in float32",
}


def check(config: DictConfig) -> None:
    """Checks the top-level settings of a training run, and remembers which are secret.

    Raises:
        UserError: a value is not an allowed one, or nothing says when to stop.
    """
    missing = OmegaConf.missing_keys(config)
    if missing:
        raise UserError(f"no value for {', '.join(sorted(missing))}: set it on the command line")
    for name in LEAST:
        check_number(name, config[name])
    for name, choices in CHOICES.items():
        # A run of an older version may lack one.
        check_choice(name, config.get(name, choices[0]))
    if isinstance(config.grace, bool) or not isinstance(config.grace, int | float):
        raise UserError(f"grace={config.grace} is not a number of seconds")
    if config.grace < 0:
        raise UserError(f"grace={config.grace} is below 0: give seconds")
    check_whole("seeds_in_parallel", config.get("seeds_in_parallel", 1))
    if config.get("seeds_in_parallel", 1) != 1:
        raise UserError(
            f"seeds_in_parallel={config.seeds_in_parallel} is for scripts/train.py, or "
            "triceras.commands.seeds.train_seeds: leave it out"
        )
    check_signals(config.signals)
    if config.epochs is None and config.max_steps is None:
        raise UserError("nothing says when to stop: set epochs=<int> or max_steps=<int>")
    remember_secrets(plain(config))


def check_written(config: DictConfig) -> None:
    """Checks those of these settings that are known before a job starts.

    Args:
        config: of a job that is only composed; what is missing, null or refers to something is left
            to the job.

    Raises:
        UserError: a value is not an allowed one.
    """
    count = config.get("seeds_in_parallel", 1)
    if count != 1:
        raise UserError(
            f"seeds_in_parallel={count}: a job of a sweep is one run: leave -m, or sweep over "
            f"seed=range({count})"
        )
    for name in sorted({*LEAST, *CHOICES} & {*config}):
        value = None if OmegaConf.is_interpolation(config, name) else config.get(name)
        # Of another command than that which trains, null may be allowed.
        if value is not None:
            (check_number if name in LEAST else check_choice)(name, value)


def check_number(name: str, value: Any) -> None:
    """Checks the number that a setting is, or is null.

    Raises:
        UserError: it is not an allowed one.
    """
    if name not in OPTIONAL or value is not None:
        check_whole(name, value, LEAST[name], f", or {name}=null" if name in OPTIONAL else "")
    if name == "seed" and isinstance(value, int) and value > LARGEST_SEED:
        raise UserError(f"seed={value} is too large: use at most {LARGEST_SEED}")


def check_choice(name: str, value: Any) -> None:
    """Checks a setting that has a few values.

    Raises:
        UserError: it has another one.
    """
    if value not in CHOICES[name]:
        if why := REFUSED.get((name, str(value))):
            raise UserError(f"{name}={value} is refused, {why}")
        wanted = ", ".join(str(choice).lower() for choice in CHOICES[name])
        raise UserError(f"{name}={value} is unknown: use one of {wanted}")


def check_whole(name: str, value: object, least: int = 1, otherwise: str = "") -> None:
    """Checks that a setting is a whole number.

    Args:
        name: its key.
        value: what it is.
        least: the smallest allowed number.
        otherwise: what else may be given, in the words of the message.

    Raises:
        UserError: it is not a whole number of at least `least`.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UserError(
            f"{name}={value} is no whole number of at least {least}: give one, for example "
            f"{name}={max(least, 1)}{otherwise}"
        )


def check_data(config: DictConfig, data: Dataset) -> None:
    """Checks settings against the data that was loaded.

    Raises:
        UserError: they are no data set, a batch is larger than the training data, these are not
            what they announce, or another split is in their memory.
    """
    if not isinstance(data, Dataset):
        raise UserError(
            f"data._target_={config.data.get('_target_')} returned {type(data).__name__}, and a "
            "run needs a triceras.data.Dataset: return what triceras.data.split_parts makes of "
            "arrays"
        )
    size = len(data.train)
    if config.batch_size > size:
        raise UserError(
            f"batch_size={config.batch_size} is larger than the training data ({size} examples): "
            f"use batch_size={size} or less"
        )
    # What a function of the project's own put together, no source of `triceras.data` has looked at.
    held_to_its_word(data, f"the data {data.name}")
    check_apart(f"the data {data.name}", splits_of(data))


def plain(config: DictConfig) -> dict[str, Any]:
    """The configuration as a dictionary, with all references resolved."""
    return OmegaConf.to_container(config, resolve=True)  # pyright: ignore[reportReturnType]
