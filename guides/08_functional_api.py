# %% [markdown]
# # The Functional API
#
# A model as a graph: describe the inputs, call layers on the description, and name what goes in and
# what comes out. Less to write than a class, and every shape is known before there is any data.

# %%
from helpers import digits, print_source, show, start

start()

# %%
import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import ops
from matplotlib.figure import Figure

from lab.figures.mosaic import draw_mosaic
from lab.layers.dropout import Dropout
from lab.layers.linear import Linear
from lab.models.mlp import MLP, build_mlp

# %% [markdown]
# ## Layers called on types
#
# An `Input` is the type of one example; the batch comes by itself. A layer called on it says what
# type it gives back. The layers are those of the guides before, nothing is added to them.

# %%
inputs = keras.Input((16,))
x = Linear(32)(inputs)
x = ops.relu(x)  # functions of keras.ops work on types as well
x = Dropout(0.5)(x)
outputs = Linear(10)(x)
model = keras.Model(inputs, outputs)

print("from", inputs.shape, "to", outputs.shape)
assert len(model.trainable_weights) == 4  # before it has seen any data
y = model(ops.ones((2, 16)))
assert tuple(y.shape) == (2, 10)

# %% [markdown]
# `training` reaches the layers that take it.

# %%
again, dropped = model(ops.ones((2, 16))), model(ops.ones((2, 16)), training=True)
np.testing.assert_array_equal(ops.convert_to_numpy(y), ops.convert_to_numpy(again))
assert not np.allclose(ops.convert_to_numpy(y), ops.convert_to_numpy(dropped))

# %% [markdown]
# ## Classes and graphs
#
# The two mix freely: a model is a layer, so a class may own a graph, and a graph may hold a class.
# What a graph cannot be is recursive, or dependent on values; that takes a class.

# %%
print_source(build_mlp)

image = keras.Input((784,))
features = build_mlp((784,), classes=16)(image)  # a graph
logits = MLP(classes=10, hidden_units=(32,), name="head")(ops.tanh(features))  # a class
mixed = keras.Model(image, logits)
assert len(mixed.weights) == 4 + 4

# %% [markdown]
# ## Shared layers
#
# A layer that is called twice has its weights once. Here one network looks at two images and a
# second one says whether they show the same digit.

# %%
left, right = keras.Input((784,), name="left"), keras.Input((784,), name="right")
encoder = build_mlp((784,), classes=16, hidden_units=(128,))
distance = ops.sum(ops.square(encoder(left) - encoder(right)), axis=-1, keepdims=True)
verdict = Linear(1, w_initializer="zeros", name="verdict")(distance)
siamese = keras.Model([left, right], verdict)
assert len(siamese.trainable_weights) == 4 + 2

data = digits()
generator = np.random.default_rng(0)


def pairs(split, count):
    """Pairs of images, every second one of the same digit, and 1 for those."""
    first, second = generator.integers(len(split), size=(2, 20 * count))
    same = split["label"][first] == split["label"][second]
    chosen = np.stack([np.flatnonzero(same == s)[: count // 2] for s in (0, 1)], axis=1).ravel()
    x = [split["image"][first[chosen]], split["image"][second[chosen]]]
    return x, same[chosen, None].astype("float32")


siamese.compile(
    keras.optimizers.Adam(2e-3),
    keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
)
siamese.fit(*pairs(data.train, 20_000), batch_size=200, epochs=3, shuffle=False, verbose=0)
images, same = pairs(data.test, 2_000)
_, accuracy = siamese.evaluate(images, same, batch_size=500, verbose=0)

print(f"same digit or not, on pairs of test images: {accuracy:.1%} right")
assert accuracy > 0.85

# %% [markdown]
# ## A graph can be looked into
#
# Every layer is there by name, and any two points make a new model that shares the weights. This
# one gives the codes; below, a test image of a 5 and those whose codes are nearest to its own.

# %%
embed = siamese.get_layer("mlp")
codes = embed.predict(data.test["image"], batch_size=500, verbose=0)
five = np.argmax(data.test["label"] == 5)
nearest = np.argsort(np.sum(np.square(codes - codes[five]), axis=1))[:10]
hits = np.mean(data.test["label"][nearest[1:]] == 5)

print(f"of the 9 nearest, {hits:.0%} are the same digit")
assert nearest[0] == five
assert hits > 0.5

figure = Figure(figsize=(8, 0.9), layout="constrained")
draw_mosaic(figure.subplots(), data.test["image"][nearest].reshape(1, 10, 28, 28), cmap="Greys")
show(figure, "08_nearest")

# %% [markdown]
# ## Saved and loaded
#
# The file holds the graph and the weights. It needs none of the code above, and opens on any
# backend.

# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "siamese.keras"
    siamese.save(path)
    loaded = keras.saving.load_model(path)

expected, found = (model.predict(images, batch_size=500, verbose=0) for model in (siamese, loaded))
np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
