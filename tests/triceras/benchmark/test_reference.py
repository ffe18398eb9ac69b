import keras
import numpy as np
import pytest

from triceras.benchmark.draws import begun
from triceras.benchmark.inputs import Inputs
from triceras.benchmark.keras_side import Subject
from triceras.benchmark.reference import noise_of, reference


@pytest.mark.in_turn
@pytest.mark.slow
def test_it_begins_with_our_weights_and_computes_our_losses(tmp_path, configure):
    config = configure("experiment=autoencoder")
    made = reference(config, tmp_path / "inputs.npz", 2, 3)
    inputs = Inputs.load(tmp_path / "inputs.npz")
    subject = Subject(config, "portable")
    for ours, theirs in zip(subject.model.trainable_variables, inputs.weights, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(ours), theirs)
    np.testing.assert_array_equal(inputs.indices, subject.steps.indices)
    rate = config.optimizer.learning_rate
    assert [o["learning_rate"] for o in inputs.optimizers] == [pytest.approx(rate, rel=1e-6)]
    assert (len(made["losses"]), len(inputs.noise["normal"])) == (3, 3)
    assert np.isfinite(made["losses"]).all()
    # Without a check there is nothing to compute.
    assert reference(config, tmp_path / "inputs.npz", 2, 0)["losses"] == []
    assert Inputs.load(tmp_path / "inputs.npz").noise == {}


@pytest.mark.slow
def test_noise_is_that_of_the_run_and_drawing_it_changes_nothing(configure):
    subject = Subject(configure("experiment=autoencoder"), "portable")
    before = [np.array(v.numpy()) for v in subject.model.variables]
    _, draws = begun(subject, 1)
    noise = noise_of(subject, draws, 3)
    for value, variable in zip(before, subject.model.variables, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert noise["normal"].shape == (3, 8, 4)
    assert noise["uniform"].shape == (3, 8, 64)
    seed = subject.model.noise.seed_generator
    drawn = keras.ops.convert_to_numpy(keras.random.normal((8, 4), stddev=0.5, seed=seed))
    np.testing.assert_array_equal(noise["normal"][0], drawn)
