import os

import pytest

from triceras.testing.runs import run


@pytest.mark.slow
@pytest.mark.skipif(
    "TRICERAS_MNIST" not in os.environ, reason="TRICERAS_MNIST names no mnist.npz to test with"
)
def test_guide_on_the_whole_of_mnist(tmp_path, backend):
    path = os.environ["TRICERAS_MNIST"]
    outcome = run(tmp_path, backend, "experiment=guide/vae", "data=mnist", f"data.path={path}")
    assert outcome.summary["metrics"]["loss"] == pytest.approx(0.0748, abs=0.0003)
