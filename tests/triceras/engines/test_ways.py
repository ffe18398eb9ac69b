import numpy as np
import pytest
from keras import ops

from triceras import engines


@pytest.mark.parametrize("way", ["each", "eager", "graph", "compiled"])
def test_each_way_gives_results_and_gradients(way):
    if way not in engines.ways():
        pytest.skip("another backend has it")

    def function(x, y, number):
        results = [x * y, number + 1]
        return ops.sum(results[0]), results

    given = np.array([1, 2], "float32"), np.array([3, 5], "float32"), np.array(7, "int32")
    inputs = [ops.convert_to_tensor(one) for one in given]
    results, gradients = engines.ways()[way](function, [0, 1], inputs)
    found = [ops.convert_to_numpy(one).tolist() for one in [*results, *gradients]]
    assert found == [[3, 10], 8, [3, 5], [1, 2]]
    results, gradients = engines.ways()[way](function, [], inputs)
    assert ops.convert_to_numpy(results[1]) == 8
    assert list(gradients) == []
