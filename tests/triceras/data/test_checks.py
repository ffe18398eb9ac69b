import numpy as np
import pytest

from triceras.data.checks import checked_split

pytestmark = pytest.mark.once

X = np.arange(3 * 28 * 28, dtype="uint32").astype("uint8").reshape(3, 28, 28)
Y = np.array([0, 9, 5], "uint8")


def check(x=X, y=Y):
    return checked_split(x, y, ("pictures", "classes"), "data.path=here")


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "uint64", ">i4"])
def test_what_is_right_passes(dtype):
    split = check(y=Y.astype(dtype))
    np.testing.assert_array_equal(split["image"], X)
    np.testing.assert_array_equal(split["label"], Y)


def test_a_channel_axis_is_taken_off():
    np.testing.assert_array_equal(check(X[..., None])["image"], X)


@pytest.mark.parametrize(
    "x",
    [
        X.astype("float32"),
        X.astype("int64"),
        X.reshape(3, 784),
        X[0],
        X[:, :27],
        X[..., None].repeat(3, axis=-1),
        np.uint8(0),
        np.array(["a\nb"] * 3),
        np.zeros(3, [("a\nb", "uint8")]),
    ],
    ids=["float", "int64", "flat", "one", "size", "colour", "scalar", "text", "record"],
)
def test_other_images_are_refused(x, refuses):
    x = np.asarray(x)
    with refuses(
        what=f"of shape {x.shape}", where="data.path=here: pictures", do="wanted is uint8 of shape"
    ):
        check(x)


@pytest.mark.parametrize(
    "y",
    [Y.astype("float32"), Y > 3, np.eye(3, dtype="uint8"), np.uint8(1), np.array(["1", "2", "3"])],
    ids=["float", "bool", "one-hot", "scalar", "text"],
)
def test_other_labels_are_refused(y, refuses):
    y = np.asarray(y)
    with refuses(
        what=f"of shape {y.shape}", where="data.path=here: classes", do="wanted are whole numbers"
    ):
        check(y=y)


def test_lengths_that_differ_are_refused(refuses):
    with refuses(
        what="pictures has 3 images and classes has 2 labels",
        where="data.path=here",
        do="make the file anew",
    ):
        check(y=Y[:2])


def test_no_image_is_refused(refuses):
    with refuses(what="holds no image", where="data.path=here: pictures", do="choose another file"):
        check(X[:0], Y[:0])


@pytest.mark.parametrize(("label", "span"), [(10, "0 to 10"), (-1, "-1 to 9"), (2**40, "0 to")])
def test_labels_out_of_range_are_refused(label, span, refuses):
    with refuses(
        what=f"labels from {span}", where="data.path=here: classes", do="wanted are 0 to 9"
    ):
        check(y=np.array([0, 9, label], "int64"))
