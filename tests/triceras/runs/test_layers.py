import keras
import pytest
from omegaconf import OmegaConf

from triceras.runs.layers import FILE, LINES, ShowLayers

pytestmark = pytest.mark.once


def shown(folder, layers):
    """The model, and what its callback writes and prints."""
    model = keras.Sequential([keras.Input((2,)), *layers], name="deep")
    config = OmegaConf.create({"batch_size": 4, "model": {}})
    callback = ShowLayers(folder, keras.KerasTensor((None, 2)), config)
    callback.set_model(model)
    callback.on_train_begin()
    return (folder / FILE).read_text().splitlines()


def test_shapes_that_a_batch_had_are_taken_and_nothing_is_traced(tmp_path):
    class Traced(keras.layers.Dense):
        calls = 0

        def call(self, inputs):
            Traced.calls += 1
            return super().call(inputs)

    def output(size, shapes):
        layer = Traced(2, name="dense")
        model = keras.Sequential([keras.Input((None, 2)), layer])
        config = OmegaConf.create({"batch_size": 4, "model": {}})
        inputs = keras.KerasTensor((None, size, 2))
        callback = ShowLayers(tmp_path, inputs, config, (), shapes(layer))
        callback.set_model(model)
        Traced.calls = 0
        callback.on_train_begin()
        return (tmp_path / FILE).read_text().splitlines()[1].split()[2:4], Traced.calls

    assert output(3, lambda layer: {id(layer): ((4, 99),)}) == (["(4,", "99)"], 0)
    # What the first batch was padded to is not what all are.
    for size, shapes in ((None, lambda layer: {id(layer): ((4, 99),)}), (3, lambda _: {})):
        (_, end), calls = output(size, shapes)
        # For a size that is open Keras traces twice on PyTorch.
        twice = size is None and keras.backend.backend() == "torch"
        assert (end, calls) == (f"{size},", 1 + twice)


def dense(count):
    return [keras.layers.Dense(2, name=f"dense_{i}") for i in range(count)]


def test_a_small_model_is_shown_whole(tmp_path, capsys):
    lines = shown(tmp_path, dense(3))
    assert capsys.readouterr().out.splitlines() == lines
    assert lines[-1] == "deep: 18 parameters, 18 trained, 0 not"
    assert len(lines) == 5


def test_layers_within_others_are_left_out_before_a_table_is_cut(tmp_path, capsys):
    inner = keras.Sequential([keras.Input((2,)), *dense(60)], name="inner")
    lines = shown(tmp_path, [inner, keras.layers.Dense(2, name="outer")])
    assert len(lines) == 64
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed] == ["layer", "inner", "outer", "deep:"]


@pytest.mark.slow
def test_a_long_table_is_cut_on_the_screen_alone(tmp_path, capsys):
    assert len(shown(tmp_path, dense(60))) == 62
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == LINES
    assert printed[-2].startswith("... 23 more layers, in ")
    assert printed[-3].split()[0] == f"dense_{LINES - 4}"
    assert printed[-1].startswith("deep: ")
