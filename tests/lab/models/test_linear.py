import numpy as np
from keras import ops

from lab.layers.linear import Linear
from lab.models.linear import build_linear


def test_it_is_one_linear_layer(data):
    model = build_linear((64,), classes=3)
    (layer,) = model.layers
    assert isinstance(layer, Linear)
    assert model.count_params() == 64 * 3 + 3
    x = data.test["image"][:5]
    w, b = model.get_weights()
    np.testing.assert_allclose(ops.convert_to_numpy(model(x)), x @ w + b, rtol=1e-5, atol=1e-6)
