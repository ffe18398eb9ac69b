import keras
import numpy as np
import pytest

from triceras.modelling import output_losses


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.parametrize("eager", [True, False])
def test_the_loss_of_an_output_is_a_mean_of_examples(eager):
    output_losses.install()
    x = np.random.default_rng(0).normal(size=(11, 3)).astype("float32")
    y = {"a": x[:, :1] ** 3, "b": np.cumsum(x[:, 1:2], 0)}
    inputs = keras.Input((3,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs) for name in y}
    model = keras.Model(inputs, outputs)
    losses = {"a": "mean_squared_error", "b": "mean_absolute_error"}
    model.compile("sgd", losses, loss_weights={"a": 2.0, "b": 0.5}, run_eagerly=eager)
    found = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    errors = {name: keras.ops.convert_to_numpy(model(x)[name]) - y[name] for name in y}
    wanted = {"a_loss": np.mean(errors["a"] ** 2), "b_loss": np.mean(np.abs(errors["b"]))}
    wanted["loss"] = 2 * wanted["a_loss"] + wanted["b_loss"] / 2
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)
    # In training, where the last batch has three.
    model.optimizer.learning_rate = 0.0
    history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0).history
    for name, value in wanted.items():
        np.testing.assert_allclose(history[name], [value], rtol=1e-5, err_msg=name)
