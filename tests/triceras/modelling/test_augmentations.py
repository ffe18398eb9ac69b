import pytest
from omegaconf import OmegaConf

from triceras.errors import UserError
from triceras.modelling.augmentations import build_augmentations

pytestmark = pytest.mark.once


class Scaled:
    def __init__(self, by):
        self.by = by

    def __call__(self, parts, key, ops):
        return {name: self.by * part for name, part in parts.items()}


def moved(parts, key, ops, by=1):
    return {name: part + by for name, part in parts.items()}


def nothing():
    return 3


def built(*configs, named=False):
    full = [{**one, "_target_": f"{__name__}.{one['_target_']}"} for one in configs]
    tree = {str(i): one for i, one in enumerate(full)} if named else full
    return build_augmentations(OmegaConf.create(tree))


@pytest.mark.parametrize("named", [False, True])
def test_classes_and_functions_with_what_they_are_told(named):
    found = built(
        {"_target_": "Scaled", "by": 3},
        {"_target_": "moved"},
        {"_target_": "moved", "by": 5},
        named=named,
    )
    assert [augment({"a": 2}, None, None) for augment in found] == [{"a": 6}, {"a": 3}, {"a": 7}]


def test_none():
    assert build_augmentations(None) == []
    assert build_augmentations(OmegaConf.create([])) == []
    assert build_augmentations(OmegaConf.create({"flip": None})) == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("flip", "augment=flip is no list"),
        ([{"_target_": "triceras.nowhere"}], r"augment\[0\] cannot be built: .*nowhere"),
        ([{"_target_": f"{__name__}.nothing"}], r"augment\[0\]: .* makes a int, which cannot be"),
        (
            [{"_target_": "triceras.augment.Randomflip"}],
            r"augment\[0\] cannot be built: .* did you mean triceras\.augment\.RandomFlip",
        ),
        (
            {"a": {"_target_": f"{__name__}.Scaled", "to": 1}},
            r"^augment\.a\.to is no argument of .*Scaled: it takes by$",
        ),
        (
            [{"_target_": f"{__name__}.moved", "bi": 1}],
            r"^augment\[0\]\.bi is no argument of .*moved: .*it takes parts, key, ops, by$",
        ),
    ],
)
def test_what_is_none_is_told(config, message):
    made = OmegaConf.create(config) if not isinstance(config, str) else config
    with pytest.raises(UserError, match=message):
        build_augmentations(made)


def test_a_part_that_is_not_there_is_told_with_its_place():
    flips = [{"_target_": "triceras.augment.RandomFlip", "part": part} for part in ("a", "c")]
    config = OmegaConf.create(flips)
    assert len(build_augmentations(config, {}, ["a", "b", "c"])) == 2
    assert len(build_augmentations(config)) == 2
    with pytest.raises(UserError, match=r"^augment\[1\]: the data have no part 'c', but a, b$"):
        build_augmentations(config, {}, ["a", "b"])
