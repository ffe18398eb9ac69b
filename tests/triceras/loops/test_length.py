import pytest

from triceras.loops.length import total_steps

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("epochs", "max_steps", "steps"), [(3, None, 30), (None, 25, 25), (3, 25, 25), (3, 100, 30)]
)
def test_whichever_limit_comes_first(epochs, max_steps, steps):
    assert total_steps(10, epochs, max_steps) == steps
