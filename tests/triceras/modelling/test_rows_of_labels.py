import pytest
from omegaconf import OmegaConf

from triceras.augment import CutMix, MixUp, RandomFlip
from triceras.errors import UserError
from triceras.modelling.rows_of_labels import check_rows

pytestmark = pytest.mark.once

CATEGORICAL = {"_target_": "keras.losses.CategoricalCrossentropy"}
SPARSE = {"_target_": "keras.losses.SparseCategoricalCrossentropy"}
ACCURACY = {"_target_": "keras.metrics.SparseCategoricalAccuracy"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"loss": SPARSE}, "model.loss: Sparse.* use keras.losses.CategoricalCrossentropy"),
        ({"loss": {"a": CATEGORICAL, "b": SPARSE}}, "model.loss: SparseCategoricalCrossentropy"),
        (
            {"loss": CATEGORICAL, "metrics": [ACCURACY]},
            "model.metrics: Sparse.* use keras.metrics.CategoricalAccuracy",
        ),
        ({"weighted_metrics": {"a": [ACCURACY]}}, "model.weighted_metrics: Sparse"),
    ],
)
@pytest.mark.parametrize("mixing", [MixUp, CutMix])
def test_what_takes_whole_numbers_is_refused_where_labels_are_mixed(config, message, mixing):
    with pytest.raises(UserError, match=message):
        check_rows(OmegaConf.create(config), [RandomFlip("x"), mixing("x")])
    check_rows(OmegaConf.create(config), [RandomFlip("x")])


def test_what_takes_rows_is_not():
    check_rows(OmegaConf.create({"loss": CATEGORICAL, "metrics": []}), [MixUp("x")])
