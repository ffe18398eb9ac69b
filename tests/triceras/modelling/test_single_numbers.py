import numpy as np
import pytest

from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.single_numbers import telling_single_numbers

pytestmark = pytest.mark.once

SPLIT = Split({"age": np.zeros(3), "table": np.zeros((3, 2))})
DATA = Dataset("here", SPLIT, None, SPLIT)


def test_what_to_do_about_a_column_is_told():
    message = r"input age is a single number .*data.parts=\{age: \[age\]\}.* \(it is so\)"
    with pytest.raises(UserError, match=message), telling_single_numbers(["table", "age"], DATA):
        raise UserError("it is so") from ValueError("ndim")


@pytest.mark.parametrize(
    ("inputs", "cause"),
    [
        ("table", ValueError()),
        ("age", None),
        ("age", TypeError("argument")),
        ("age", ValueError("units has to be above 0")),
        ("age", AttributeError("module has no build_yeild_net")),
    ],
)
def test_what_has_nothing_to_do_with_it_stays(inputs, cause):
    with pytest.raises(UserError, match=r"^it is so$"), telling_single_numbers(inputs, DATA):
        raise UserError("it is so") from cause
