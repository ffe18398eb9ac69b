"""The settings that all data sources share."""

import dataclasses

from triceras.errors import UserError

BINARIZE = ("none", "threshold", "fixed", "fresh")


@dataclasses.dataclass(frozen=True)
class Options:
    """How a source becomes a `Dataset`.

    Args:
        split_seed: fixes which image goes into which split, and the `fixed` binarization.
        flatten: images of shape `(height * width,)` instead of `(height, width, 1)`.
        scale: grey levels in `[0, 1]` instead of the source's own whole numbers.
        binarize: `none` keeps grey levels; `threshold` makes 1 of those above 0.5; `fixed` draws
            each pixel once, 1 with the probability of its grey level; `fresh` does so for
            validation and test images, and leaves training images grey, to be drawn anew in each
            training step (`Dataset.augment`).
        limit: at most this many training images; `None` for all.

    Raises:
        UserError: a value is not an allowed one.

    Reference:
        - `fixed`: [Salakhutdinov and Murray, 2008](https://doi.org/10.1145/1390156.1390266).
        - `fresh`: [Burda et al., 2015](https://arxiv.org/abs/1509.00519), section 5.
    """

    split_seed: int
    flatten: bool
    scale: bool
    binarize: str
    limit: int | None

    def __post_init__(self):
        check_whole("split_seed", self.split_seed, least=0)
        if self.limit is not None:
            check_whole("limit", self.limit, least=1, otherwise="null")
        for name in ("flatten", "scale"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise UserError(f"data.{name}={value} is unknown: use true or false")
        if self.binarize not in BINARIZE:
            raise UserError(
                f"data.binarize={self.binarize} is unknown: use one of {', '.join(BINARIZE)}"
            )
        if self.binarize != "none" and not self.scale:
            raise UserError(
                f"data.binarize={self.binarize} cannot be used with data.scale=false: binary "
                "images have no grey levels to keep; use data.scale=true"
            )


def check_whole(name: str, value: object, least: int, otherwise: str = "") -> None:
    """Checks that a setting is a whole number.

    Args:
        name: name of the setting, without `data.`.
        value: its value.
        least: the smallest allowed number.
        otherwise: what else is allowed, for the message.

    Raises:
        UserError: it is not a whole number of at least `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        allowed = f"a whole number of at least {least}" + (f", or {otherwise}" if otherwise else "")
        raise UserError(f"data.{name}={value} is unknown: use {allowed}")


def check_sizes(
    name: str, count: int, validation_size: int, test_size: int | None, example: str
) -> None:
    """Checks that what is held out of a source leaves something to train on.

    Args:
        name: name of the source.
        count: number of examples that are to be divided.
        validation_size: how many of them are for validation.
        test_size: how many of them are for the test; `None` for a source with its own test set.
        example: what one of them is, for the message.

    Raises:
        UserError: nothing is left, or the sizes are none.
    """
    check_whole("validation_size", validation_size, least=0)
    wish = f"data.validation_size={validation_size}"
    if test_size is not None:
        check_whole("test_size", test_size, least=1)
        wish += f" and data.test_size={test_size}"
    if not count:
        raise UserError(f"{name} has no {example} to train on: look at what data= reads or makes")
    if validation_size + (test_size or 0) >= count:
        raise UserError(
            f"{wish}: no {example} is left to train on, as {name} has {count} to divide; hold out "
            f"at most {count - 1}"
        )
