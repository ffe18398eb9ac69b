import keras
import numpy as np
from keras import ops

from lab.models.regressor import build_regressor


def test_predicts_on_the_scale_of_its_targets():
    x = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
    keras.utils.set_random_seed(0)
    plain = build_regressor((4,), (5, 3))
    scaled = build_regressor((4,), (5, 3), target_mean=100.0, target_deviation=20.0)
    scaled.set_weights(plain.get_weights())
    before, after = (ops.convert_to_numpy(model(x)) for model in (plain, scaled))
    assert before.shape == (200, 1)
    np.testing.assert_allclose(after, 100 + 20 * before, rtol=1e-5)
    assert sum(isinstance(layer, keras.layers.Dense) for layer in plain.layers) == 3
