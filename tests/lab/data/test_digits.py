import numpy as np
import pytest
from sklearn.datasets import load_digits

from lab.data.digits import load

pytestmark = pytest.mark.once

SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def test_all_digits_are_there(options):
    data = load(validation_size=200, test_size=300, **options(scale=False))
    splits = data.train, data.validation, data.test
    assert [len(split) for split in splits] == [1297, 200, 300]
    found = np.concatenate([np.column_stack([split["image"], split["label"]]) for split in splits])
    stored = np.column_stack([load_digits().data, load_digits().target])
    np.testing.assert_array_equal(*(a[np.lexsort(a.T)] for a in (found, stored)))


def test_description(options):
    data = load(validation_size=200, test_size=300, **options())
    assert (data.name, data.classes, data.image_shape) == ("digits", 10, (8, 8, 1))
    assert data.train["image"].max() == 1
    assert data.sha256 == SHA256
    assert load(validation_size=1, test_size=1, **options(split_seed=9)).sha256 == SHA256


def test_too_much_is_refused(options, refuses):
    with refuses(what="no image is left", where="digits has 1797", do="hold out at most 1796"):
        load(validation_size=1797, test_size=300, **options())
