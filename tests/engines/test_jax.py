import pytest

from triceras import engines


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "jax":
        pytest.skip("the engine of another backend")


def test_a_boolean_mask_is_found_out(start):
    class Masking(engines.engine_class()):
        def train_step(self, state, x, y, key):
            x[x > 0]
            return super().train_step(state, x, y, key)

    run = start(engine=Masking)
    run.train(0, 1)
    assert not run.engine.compile
