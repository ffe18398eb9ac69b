import dataclasses

import pytest

from triceras.data.options import BINARIZE, Options, check_whole

pytestmark = pytest.mark.once


@pytest.mark.parametrize("binarize", BINARIZE)
def test_allowed_values(binarize, options):
    chosen = Options(**options(binarize=binarize, limit=1, flatten=False))
    assert chosen.binarize == binarize
    assert chosen.limit == 1


def test_they_cannot_be_changed(options):
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options(**options()).limit = 3  # pyright: ignore


@pytest.mark.parametrize(
    ("name", "value", "do"),
    [
        ("split_seed", -1, "use a whole number of at least 0"),
        ("split_seed", 1.0, "use a whole number of at least 0"),
        ("split_seed", None, "use a whole number of at least 0"),
        ("split_seed", True, "use a whole number of at least 0"),
        ("limit", 0, "use a whole number of at least 1, or null"),
        ("limit", "10", "use a whole number of at least 1, or null"),
        ("flatten", 1, "use true or false"),
        ("scale", "yes", "use true or false"),
        ("binarize", "random", "use one of none, threshold, fixed, fresh"),
        ("binarize", None, "use one of none, threshold, fixed, fresh"),
        ("binarize", True, "use one of none, threshold, fixed, fresh"),
    ],
)
def test_other_values_are_refused(name, value, do, options, refuses):
    with refuses(what="is unknown", where=f"data.{name}={value}", do=do):
        Options(**options(**{name: value}))


@pytest.mark.parametrize("binarize", BINARIZE[1:])
def test_binary_images_are_always_scaled(binarize, options, refuses):
    with refuses(
        what="data.scale=false", where=f"data.binarize={binarize}", do="use data.scale=true"
    ):
        Options(**options(binarize=binarize, scale=False))


def test_check_whole(refuses):
    check_whole("size", 3, least=3)
    with refuses(what="unknown", where="data.size=2", do="a whole number of at least 3"):
        check_whole("size", 2, least=3)
