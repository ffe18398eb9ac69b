import keras
import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


def several():
    return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(keras.optimizers.SGD()))


def overwriting():
    return keras.optimizers.Adam(use_ema=True, ema_overwrite_frequency=2)


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize(
    "optimizer",
    [
        keras.optimizers.SGD,
        keras.optimizers.Adadelta,
        keras.optimizers.Nadam,
        several,
        overwriting,
    ],
)
def test_no_optimizer_reads_a_value(start_linear, optimizer):
    from triceras.engines.torch_inductor import READS_A_VALUE

    run = start_linear(optimizer)
    run.train(0, 1)
    (program,) = run.engine.programs.values()
    targets = {node.target for node in program.function.graph.nodes}
    assert len(targets) > 10
    assert READS_A_VALUE not in targets
