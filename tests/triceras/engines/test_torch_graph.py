import keras
import pytest

from triceras.data.batch import BatchPreparation
from triceras.engines.errors import CannotCompileError
from triceras.random.install import install, uninstall


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.mark.slow_on("torch")
def test_native_noise_cannot_be_traced(start, told):
    def noisy():
        layers = [keras.Input((64,)), keras.layers.GaussianNoise(0.1), keras.layers.Dense(10)]
        model = keras.Sequential(layers)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss)
        return model, BatchPreparation("image", "label")

    assert start(noisy).train(0, 1)
    uninstall()
    try:
        run = start(noisy)
        run.train(0, 2)
    finally:
        install()
    assert len(told()) == 1
    assert not run.engine.compile


def test_a_program_gives_what_its_function_gives_of_other_tensors_too():
    import torch

    from triceras.engines.torch_graph import traced

    def step(tensors, factor):
        return {"sum": tensors[0] + tensors[1]}, [tensors[0].T * factor]

    program = traced(step, ([torch.zeros(2, 3), torch.zeros(2, 3)], torch.ones(())))
    a, b, factor = torch.rand(2, 3), torch.rand(2, 3), torch.tensor(3.0)
    results = program.function(a, b, factor)
    assert all(result.is_contiguous() for result in results)
    found, expected = keras.tree.pack_sequence_as(program.structure, results), step([a, b], factor)
    assert torch.equal(found[0]["sum"], expected[0]["sum"])
    assert torch.equal(found[1][0], expected[1][0])


def test_a_function_that_reads_a_value_cannot_be_traced():
    import torch

    from triceras.engines.torch_graph import traced

    with pytest.raises(CannotCompileError):
        traced(lambda x: x if x.sum() > 0 else -x, (torch.ones(2),))


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("name", ["softplus", "elu", "hardsigmoid", "hardswish", "hardtanh"])
def test_a_gradient_that_lies_in_another_order_is_traced(name, before):
    import torch

    from triceras.engines.torch_graph import traced

    activation = getattr(torch.nn.functional, name)
    x, factor = torch.rand(4, 5, 3), torch.rand(5, 4, 3)

    def step(weight, x, factor):
        def loss(weight):
            product = x @ weight
            if before:
                return (activation(product.permute(1, 0, 2)) * factor).sum()
            return (activation(product).permute(1, 0, 2) * factor).sum()

        return torch.func.grad(loss)(weight)

    arguments = torch.rand(3, 3), x, factor
    (found,) = traced(step, arguments).function(*arguments)
    torch.testing.assert_close(found, step(*arguments))
