import dataclasses

import keras
import numpy as np
import pytest

from lab.figures.images import BATCH_SIZE, image_shape_of, in_batches, one_of_each_class
from triceras.errors import UserError


def test_in_batches_gives_what_one_batch_would_give():
    x = np.arange(2 * (2 * BATCH_SIZE + 3), dtype="float32").reshape(-1, 2)
    sizes = []

    def double(batch):
        sizes.append(len(batch))
        return 2 * keras.ops.convert_to_tensor(batch)

    np.testing.assert_array_equal(in_batches(double, x), 2 * x)
    assert sizes == [BATCH_SIZE, BATCH_SIZE, 3]


def test_in_batches_gives_float32_whatever_the_model_computes_in():
    half = in_batches(lambda x: keras.ops.cast(x, "bfloat16"), np.ones((3, 2), "float32"))
    assert half.dtype == "float32"


def test_one_of_each_class_comes_first():
    labels = np.array([3, 3, 1, 0, 1, 3, 0])
    assert one_of_each_class(labels, 3).tolist() == [3, 2, 0]
    assert one_of_each_class(labels, 5).tolist() == [3, 2, 0, 6, 4]
    assert one_of_each_class(labels, 100).tolist() == [3, 2, 0, 6, 4, 1, 5]


def test_data_that_are_no_images_are_one_line(data):
    assert image_shape_of(data) == (8, 8)
    with pytest.raises(UserError, match="the data digits are no images"):
        image_shape_of(dataclasses.replace(data, image_shape=None))
