import pytest
from omegaconf import OmegaConf

from triceras.config import build
from triceras.errors import UserError
from triceras.targets import absent

pytestmark = pytest.mark.once

AUGMENT = "triceras.augment"
MEAN = "keras.losses.MeanSquaredError"


def own(size, **others):
    raise TypeError("own() got an unexpected keyword argument 'depth'")


def another(depth):
    return depth


def calls_another(size, **others):
    return another()  # pyright: ignore[reportCallIssue]


def failing(size, **others):
    raise ValueError("the name of it is no name")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            f"{AUGMENT}.Randomflip",
            f"{AUGMENT} has no Randomflip: did you mean {AUGMENT}.RandomFlip?",
        ),
        (
            "keras.losses.MeanSquaredErro",
            f"keras.losses has no MeanSquaredErro: did you mean {MEAN}?",
        ),
        ("keras.lossses.MeanSquaredError", "keras has no lossses: did you mean keras.losses?"),
        (
            "triceras.nearest.nearst",
            "triceras.nearest has no nearst: did you mean triceras.nearest.",
        ),
        ("triceras.dta.load", "triceras has no dta: did you mean triceras.data?"),
        ("triceras.errors.Zebra", "triceras.errors has no Zebra"),
        ("nowhere.Zebra", None),
        (MEAN, None),
        (f"{MEAN}.get_config", None),
        ("triceras.data", None),
    ],
)
def test_a_name_that_is_not_there_is_told_with_those_next_to_it(target, said):
    found = absent(target)
    assert found == said if said is None else found.startswith(said)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"_target_": f"{AUGMENT}.RandomCrop", "part": "image", "pading": 3},
            r"^x\.pading is no argument of triceras\.augment\.RandomCrop: did you mean "
            r"x\.padding\? it takes part, padding, ",
        ),
        (
            {"_target_": "keras.optimizers.Adam", "learning_rat": 3},
            r"^x\.learning_rat is no argument of .*Adam: did you mean x\.learning_rate\? it takes ",
        ),
        (
            {"_target_": "keras.layers.Dense", "units": 3, "zebra": 3},
            r"^x\.zebra is no argument of .*Dense: it takes units, activation, ",
        ),
        (
            {
                "_target_": "keras.optimizers.Adam",
                "learning_rate": {"_target_": "keras.optimizers.schedules.CosineDecai"},
            },
            r"^x\.learning_rate cannot be built: keras\.optimizers\.schedules has no CosineDecai: ",
        ),
        (
            {
                "_target_": "keras.Sequential",
                "layers": [{"_target_": "keras.layers.Dense", "units": 3, "activatio": "relu"}],
            },
            r"^x\.layers\[0\]\.activatio is no argument of .*Dense: did you mean "
            r"x\.layers\[0\]\.activation\? ",
        ),
        (
            {
                "_target_": "keras.Sequential",
                "layers": [
                    {"_target_": "keras.layers.Dense", "units": 3},
                    {"_target_": "keras.layers.Dense", "unitz": 3},
                ],
            },
            r"^x\.layers\[1\]\.unitz is no argument of keras\.layers\.Dense: did you mean "
            r"x\.layers\[1\]\.units\? it takes units, ",
        ),
        (
            {"_target_": "keras.Sequential", "layers": [{"_target_": "keras.layers.Dense"}]},
            r"^x\.layers\[0\] cannot be built: keras\.layers\.Dense asks for units: give it as "
            r"x\.layers\[0\]\.units$",
        ),
        (
            {"_target_": f"{__name__}.calls_another", "size": 1, "dept": 3},
            r"^x cannot be built: .*another\(\) missing 1 required positional argument: 'depth'$",
        ),
        (
            {"_target_": f"{__name__}.own", "size": 1, "name": "a"},
            r"^x cannot be built: .*'depth'$",
        ),
        (
            {"_target_": f"{__name__}.failing", "size": 1, "name": "a"},
            r"^x cannot be built: .*: the name of it is no name$",
        ),
    ],
)
def test_what_is_built_says_which_argument_it_does_not_take(config, said):
    with pytest.raises(UserError, match=said) as caught:
        build("x", OmegaConf.create(config))
    assert "\n" not in str(caught.value)
