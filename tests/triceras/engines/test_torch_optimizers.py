import keras
import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adadelta])
def test_no_optimizer_reads_the_learning_rate(start_linear, optimizer):
    from triceras.engines.torch_inductor import READS_A_VALUE

    run = start_linear(optimizer)
    run.train(0, 1)
    (program,) = run.engine.programs.values()
    targets = {node.target for node in program.function.graph.nodes}
    assert len(targets) > 10
    assert READS_A_VALUE not in targets
