import numpy as np
import pytest

from triceras.data.assemble import assemble
from triceras.data.augment import FreshBernoulli
from triceras.data.dataset import Split
from triceras.data.options import Options
from triceras.data.source import Source

pytestmark = pytest.mark.once

COUNT = 40


def images(count, first=0):
    """Images that each hold their own number in the first pixel, and grey elsewhere."""
    x = np.full((count, 3, 2), 100, "uint8")
    x[:, 0, 0] = first + np.arange(count)
    return Split({"image": x, "label": np.arange(count, dtype="uint8") % 10})


@pytest.fixture
def make(options):
    def assembled(test=None, validation_size=8, test_size=12, **changes):
        return assemble(
            "numbers",
            Source(images(COUNT), test, "digest"),
            Options(**options(**changes)),
            validation_size=validation_size,
            test_size=test_size,
            largest_grey=200,
        )

    return assembled


def numbers(split):
    return split["image"].reshape(len(split), -1)[:, 0].astype(int).tolist()


def splits(data):
    return [data.train, data.validation, data.test]


def test_the_splits_share_no_image_and_lose_none(make):
    parts = [numbers(split) for split in splits(make(scale=False))]
    assert [len(part) for part in parts] == [20, 8, 12]
    assert sorted(parts[0] + parts[1] + parts[2]) == list(range(COUNT))


def test_labels_stay_with_their_images(make):
    for split in splits(make(scale=False)):
        assert split["label"].dtype == np.int32
        assert split["label"].tolist() == [number % 10 for number in numbers(split)]


def test_the_seed_fixes_the_splits(make):
    first, again, other = (make(scale=False, split_seed=seed) for seed in (3, 3, 4))
    for a, b, c in zip(*map(splits, (first, again, other)), strict=True):
        np.testing.assert_array_equal(a["image"], b["image"])
        assert (a["image"] != c["image"]).any()


def test_the_source_s_own_test_set_stays_whole_and_in_order(make):
    data = make(test=images(5, first=150), test_size=None, scale=False)
    assert numbers(data.test) == [150, 151, 152, 153, 154]
    assert sorted(numbers(data.train) + numbers(data.validation)) == list(range(COUNT))


@pytest.mark.parametrize(
    "changes", [{"flatten": False}, {"scale": False}, {"limit": 5}, {"binarize": "fresh"}]
)
def test_the_splits_do_not_depend_on_what_is_made_of_the_images(changes, make):
    plain, data = make(), make(**changes)
    assert data.test["label"].tolist() == plain.test["label"].tolist()
    assert data.validation["label"].tolist() == plain.validation["label"].tolist()
    assert data.train["label"].tolist() == plain.train["label"].tolist()[: len(data.train)]


def test_shapes(make):
    assert [split["image"].shape for split in splits(make())] == [(20, 6), (8, 6), (12, 6)]
    data = make(flatten=False)
    assert [split["image"].shape[1:] for split in splits(data)] == [(3, 2, 1)] * 3
    for split in splits(data):
        assert split["image"].dtype == np.float32
        assert split["image"].flags.c_contiguous


def test_what_describes_the_data(make):
    data = make()
    assert data.name == "numbers"
    assert data.classes == 10
    assert data.image_shape == (3, 2, 1)
    assert data.sha256 == "digest"


def test_scale(make):
    assert make(scale=False).train["image"][:, 1:].max() == 100
    assert make(scale=True).train["image"][:, 1:].max() == 0.5


def test_threshold(make):
    data = make(binarize="threshold")
    assert not data.augment
    for split in splits(data):
        assert (split["image"][:, 1:] == 0).all()


def test_fixed_binarization_draws_each_image_once_for_good(make):
    data, again, other = (make(binarize="fixed", split_seed=seed) for seed in (0, 0, 1))
    assert not data.augment
    for a, b, c in zip(*map(splits, (data, again, other)), strict=True):
        assert set(np.unique(a["image"])) == {0, 1}
        np.testing.assert_array_equal(a["image"], b["image"])
        assert (a["image"] != c["image"]).any()
    # Each split has noise of its own.
    assert (data.train["image"][:8, 1:] != data.validation["image"][:, 1:]).any()


def test_fresh_binarization_leaves_training_images_to_the_training_step(make):
    data, fixed, grey = make(binarize="fresh"), make(binarize="fixed"), make()
    assert data.augment == [FreshBernoulli("image")]
    np.testing.assert_array_equal(data.train["image"], grey.train["image"])
    np.testing.assert_array_equal(data.validation["image"], fixed.validation["image"])
    np.testing.assert_array_equal(data.test["image"], fixed.test["image"])


def test_limit_takes_the_first_training_images_only(make):
    for binarize in ("none", "fixed"):
        data, limited = make(binarize=binarize), make(binarize=binarize, limit=5)
        np.testing.assert_array_equal(limited.train["image"], data.train["image"][:5])
        np.testing.assert_array_equal(limited.test["image"], data.test["image"])
    assert len(make(limit=1000).train) == 20


def test_no_validation(make):
    data = make(validation_size=0)
    assert data.validation is None
    assert len(data.train) + len(data.test) == COUNT


@pytest.mark.parametrize(
    ("sizes", "what"),
    [
        ({"validation_size": 28}, "data.validation_size=28 and data.test_size=12"),
        ({"test_size": 32}, "data.validation_size=8 and data.test_size=32"),
        (
            {"validation_size": 40, "test_size": None, "test": images(2)},
            "data.validation_size=40: no image",
        ),
    ],
)
def test_sizes_that_leave_nothing_to_train_on_are_refused(sizes, what, make, refuses):
    with refuses(what=what, where="numbers has 40 to divide", do="hold out at most 39"):
        make(**sizes)
    assert len(make(validation_size=27).train) == 1


@pytest.mark.parametrize(
    ("name", "size", "least"),
    [("validation_size", -1, 0), ("validation_size", 2.5, 0), ("test_size", 0, 1)],
)
def test_sizes_that_are_none_are_refused(name, size, least, make, refuses):
    with refuses(
        what="is unknown", where=f"data.{name}={size}", do=f"a whole number of at least {least}"
    ):
        make(**{name: size})


def test_training_images_are_looked_at_as_test_images_are(make):
    fresh, fixed, grey = (make(binarize=kind) for kind in ("fresh", "fixed", "none"))
    assert fresh.train["image"].tolist() == grey.train["image"].tolist()
    assert set(np.unique(fresh.train_to_look_at()["image"])) == {0, 1}
    for one in (fresh, fixed):
        looked_at = one.train_to_look_at()
        assert looked_at["image"].tolist() == fixed.train["image"].tolist()
        assert looked_at.numbers.tolist() == fixed.train.numbers.tolist()
    assert grey.train_to_look_at() is grey.train
