import keras
import numpy as np
import pytest


def exported(model, path):
    from triceras.engines.torch_export import as_program

    def write(**options):
        model.export(str(path), format="torch", verbose=False, **options)

    as_program(model, write)
    import torch

    return torch.export.load(path).module()


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize("several", [False, True])
def test_a_program_takes_batches_of_any_size(backend, tmp_path, several):
    if backend != "torch":
        pytest.skip("of PyTorch alone")
    inputs = {name: keras.Input((3,), name=name) for name in ("b", "a")}
    outputs = keras.layers.Dense(2)(keras.layers.Concatenate()(list(inputs.values())))
    model = keras.Model(inputs, {"x": outputs})
    if not several:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    rows = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    x = {"a": rows, "b": -rows} if several else rows
    model(x)
    program = exported(model, tmp_path / "m.pt2")
    x = keras.tree.map_structure(keras.ops.convert_to_tensor, x)
    for wanted, found in zip(*(keras.tree.flatten(f(x)) for f in (model, program)), strict=True):
        np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (found, wanted)), rtol=1e-5)


@pytest.mark.slow_on("torch")
def test_where_the_number_of_examples_is_computed_with_it_takes_one_and_says_so(
    backend, tmp_path, caplog
):
    if backend != "torch":
        pytest.skip("of PyTorch alone")
    dense = keras.layers.Dense(2, activity_regularizer="l2")
    model = keras.Sequential([keras.Input((3,)), dense])
    x = keras.ops.ones((1, 3))
    model(x)
    program = exported(model, tmp_path / "m.pt2")
    np.testing.assert_allclose(*(keras.ops.convert_to_numpy(f(x)) for f in (program, model)))
    assert "takes batches of one example alone" in caplog.text
