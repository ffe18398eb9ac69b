import pytest
from omegaconf import OmegaConf

from triceras.checkpoints.data_form import without_labels

pytestmark = pytest.mark.once

PARTS = {"features": ["a", "b"], "price": "price"}


@pytest.mark.parametrize(
    ("normalize", "left"), [(["features", "price"], ["features"]), (True, True), (["price"], [])]
)
def test_the_scale_of_a_target_is_not_asked_for_where_there_is_none(normalize, left):
    data = OmegaConf.create({"parts": PARTS, "normalize": normalize, "labels": "price"})
    found = without_labels(data, OmegaConf.create({"inputs": "features"}))
    assert found.parts == {"features": ["a", "b"]}
    assert found.normalize == left
    assert data.normalize == normalize
