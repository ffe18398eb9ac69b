# %% [markdown]
# # Layers
#
# A layer is state, its weights, and what it computes with them, its `call`. What is computed by
# `keras.ops` runs on JAX, TensorFlow and PyTorch alike.
#
# Ten short guides follow the sections of the 2020 guide *Keras for researchers*. Each is a script,
# `KERAS_BACKEND=torch python guides/01_layers.py`, and a notebook for whatever reads `# %%` cells:
# Jupyter with jupytext, VS Code, PyCharm. `start` picks the backend; `start("torch")` in a
# notebook.

# %%
from helpers import print_source, start

start()

# %%
from pathlib import Path

import keras
import numpy as np
from keras import ops

import lab.layers
from lab.layers.linear import Linear
from lab.models.mlp import MLP, build_sequential_mlp

# %% [markdown]
# ## A layer of your own
#
# Weights are made in `__init__` when their shapes are known there. A `keras.Variable` belongs to no
# framework; Keras finds it in the attribute and tracks it. (In 2020 this was a `tf.Variable`, which
# Keras 3 does not track.)


# %%
class Shift(keras.layers.Layer):
    def __init__(self, features):
        super().__init__()
        self.offset = keras.Variable(np.arange(features), dtype="float32")

    def call(self, inputs):
        return inputs + self.offset


shift = Shift(3)
y = shift(ops.ones((2, 3)))  # a layer is called like a function

print(ops.convert_to_numpy(y))
assert ops.convert_to_numpy(y).tolist() == [[1, 2, 3], [1, 2, 3]]
assert len(shift.weights) == 1
assert shift.weights[0] is shift.offset

# %% [markdown]
# ## One layer, one file
#
# `layers/linear.py` is the layer of the 2020 guide: `inputs @ w + b`. It can be told the number of
# its inputs, as here, or learn it from the first ones, as in the next guide.

# %%
print_source(Linear.build, Linear.call)

linear = Linear(units=4, input_dim=2)
x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "float32")
y = linear(x)

assert tuple(y.shape) == (3, 4)
w, b = linear.get_weights()
np.testing.assert_allclose(ops.convert_to_numpy(y), x @ w + b, rtol=1e-5, atol=1e-6)
assert [v.name for v in linear.weights] == ["w", "b"]

# %% [markdown]
# A layer describes itself by `get_config`. That is what lets a model with it be saved and loaded
# without the code that put it together.

# %%
twin = Linear.from_config(linear.get_config())
twin.set_weights(linear.get_weights())

assert twin is not linear
np.testing.assert_array_equal(ops.convert_to_numpy(twin(x)), ops.convert_to_numpy(y))

# %% [markdown]
# ## Layers that own layers
#
# Layers nest, as deep as you like, and the outer one tracks the weights of all inner ones. A model
# is a layer that can also be trained and saved.

# %%
print_source(MLP.call)

mlp = MLP(classes=10, hidden_units=(32, 32))
y = mlp(ops.ones((3, 64)))

for weight in mlp.weights:
    print(f"{weight.path:<20} {tuple(weight.shape)}")
assert tuple(y.shape) == (3, 10)
assert len(mlp.weights) == 6

# %% [markdown]
# Where one layer simply follows another, Keras's own layers in a row do the same. Prefer what is
# built in.

# %%
sequential = build_sequential_mlp((64,), classes=10, hidden_units=(32, 32))
sequential.set_weights(mlp.get_weights())
x = np.random.default_rng(0).normal(size=(3, 64)).astype("float32")

expected, found = (ops.convert_to_numpy(model(x)) for model in (mlp, sequential))
np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)

# %% [markdown]
# ## How small they are
#
# Every layer of this package is a file to read in a minute, docstrings included.

# %%
folder = Path(lab.layers.__path__[0])
lines = {path.name: len(path.read_text().splitlines()) for path in folder.glob("*.py")}

for name, count in sorted(lines.items(), key=lambda item: item[1]):
    if count:
        print(f"{count:4d} lines  {name}")
assert max(lines.values()) < 100
