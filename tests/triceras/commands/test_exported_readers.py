import keras
import numpy as np
import pytest

from triceras.checkpoints.keras_files import save
from triceras.commands.exported_readers import keras_file, types_of


@pytest.mark.once
def test_the_types_of_inputs_are_those_of_the_model():
    rows = {"b": keras.Input((2,), dtype="int32", name="b"), "a": keras.Input((1,), name="a")}
    dense = keras.layers.Dense(1)(rows["a"])
    model = keras.Model(rows, keras.layers.Add()([dense, keras.ops.cast(rows["b"], "float32")]))
    assert types_of(model) == ["float32", "int32"]


@keras.saving.register_keras_serializable("triceras.tests")
class Noise(keras.layers.Layer):
    """Noise of its own, in training and out of it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.generator = keras.random.SeedGenerator(3)

    def call(self, inputs):
        return inputs + keras.random.normal(keras.ops.shape(inputs), seed=self.generator)


def test_a_keras_file_draws_on_where_the_model_has_got_to(tmp_path):
    rows = keras.Input((2,))
    model = keras.Model(rows, Noise()(rows))
    batch = np.zeros((4, 2), "float32")
    first = keras.ops.convert_to_numpy(model(batch))
    save(model, tmp_path / "m.keras")
    found = keras_file(tmp_path / "m.keras", model)(batch)
    assert not np.array_equal(found, first)
    np.testing.assert_array_equal(found, keras.ops.convert_to_numpy(model(batch)))
