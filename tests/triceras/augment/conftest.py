import keras
import numpy as np
import pytest
from keras import ops

from triceras.random import key_of


@pytest.fixture
def everywhere(backend):
    """Applies an augmentation on the host, and in a compiled program."""

    def apply(augment, parts, seed=5, rtol=0.0, atol=0.0):
        host = augment(parts, key_of(seed), np)

        class Program(keras.Model):
            def call(self, inputs):
                return augment(dict(inputs), ops.convert_to_tensor(key_of(seed)), ops)

        model = Program()
        model.compile(jit_compile=backend != "torch")
        count = len(next(iter(parts.values())))
        given = {name: ops.convert_to_tensor(array) for name, array in parts.items()}
        compiled = model.predict(given, batch_size=count, verbose=0)
        assert set(host) == set(compiled) == set(parts)
        for name, found in host.items():
            assert found.dtype == compiled[name].dtype, name
            np.testing.assert_allclose(compiled[name], found, rtol, atol, err_msg=name)
        return host

    return apply


@pytest.fixture(params=["float32", "uint8"])
def images(request):
    """Pictures of which every pixel is another one, in grey and in colour."""
    numbers = np.arange(24 * 5 * 2) % 251
    grey = numbers.reshape(8, 5, 6, 1).astype(request.param)
    return {"grey": grey, "colour": np.concatenate([grey, grey + 1, grey + 2], axis=-1)}
