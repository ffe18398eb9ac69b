import numpy as np
import pytest

from triceras.data.part_checks import checked
from triceras.errors import UserError

pytestmark = pytest.mark.once


@pytest.mark.parametrize("masked", [True, False])
def test_masked_values_are_refused(masked):
    values = np.ma.array([1.0, 1e20, 3.0], mask=[False, masked, False])
    if not masked:
        assert checked("here", {"x": values})["x"].tolist() == [1.0, 1e20, 3.0]
        return
    with pytest.raises(UserError, match="x is a masked array of which 1 values are masked: fill"):
        checked("here", {"x": values})
