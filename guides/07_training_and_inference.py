# %% [markdown]
# # Training mode and inference mode
#
# Some layers do one thing in training and another in use: dropout, batch normalisation. They take
# an argument `training`, and whoever owns them passes it on.

# %%
from helpers import digits, print_source, show, start

start()

# %%
import keras
import numpy as np
from keras import ops
from matplotlib.figure import Figure

from lab.figures.mosaic import draw_mosaic
from lab.layers.dropout import Dropout
from lab.models.mlp_with_dropout import MLPWithDropout

# %% [markdown]
# ## Dropout
#
# In training it zeroes a share of its inputs and scales up the rest, so that the mean stays what it
# was. In inference it does nothing.

# %%
print_source(Dropout.call)

dropout = Dropout(rate=0.25)
x = np.ones((200, 200), "float32")
trained = ops.convert_to_numpy(dropout(x, training=True))
used = ops.convert_to_numpy(dropout(x, training=False))

print(f"in training: {np.mean(trained == 0):.3f} are zero, the mean is {trained.mean():.3f}")
np.testing.assert_array_equal(used, x)
np.testing.assert_allclose(np.unique(trained), [0, 1 / 0.75], rtol=1e-6)
assert abs(np.mean(trained == 0) - 0.25) < 0.02
assert abs(trained.mean() - 1) < 0.02

# %% [markdown]
# The mask is new in each call: the counter of random numbers is a variable of the layer. So it
# moves on inside compiled steps, is saved with the model, and the same value gives the same mask.

# %%
(counter,) = dropout.variables
saved = ops.convert_to_numpy(counter.value).copy()
first = ops.convert_to_numpy(dropout(x, training=True))
second = ops.convert_to_numpy(dropout(x, training=True))
counter.assign(saved)
again = ops.convert_to_numpy(dropout(x, training=True))

assert not np.array_equal(first, second)
np.testing.assert_array_equal(first, again)

# %% [markdown]
# ## Passed on
#
# A model hands `training` down. `fit` sets it to `True`; `evaluate`, `predict` and a plain call to
# `False`.

# %%
print_source(MLPWithDropout.call)

data = digits()
mlp = MLPWithDropout(units=64, rate=0.5)
mlp.compile(
    keras.optimizers.Adam(4e-3),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = mlp.fit(
    data.train["image"], data.train["label"], batch_size=100, epochs=8, shuffle=False, verbose=0
).history
_, training_accuracy = mlp.evaluate(data.train["image"], data.train["label"], 500, verbose=0)
_, test_accuracy = mlp.evaluate(data.test["image"], data.test["label"], 500, verbose=0)

print(f"training images, with dropout:    {history['accuracy'][-1]:.3f}")
print(f"training images, without dropout: {training_accuracy:.3f}")
print(f"test images, without dropout:     {test_accuracy:.3f}")
assert training_accuracy > history["accuracy"][-1]
assert test_accuracy > 0.88

x = data.test["image"]
logits = ops.convert_to_numpy(mlp(x))
np.testing.assert_array_equal(logits, ops.convert_to_numpy(mlp(x, training=False)))
assert not np.allclose(logits, ops.convert_to_numpy(mlp(x, training=True)))

# %% [markdown]
# ## Dropout in use
#
# `training=True` is yours to set. Predictions under many masks differ most where the network is
# unsure (Gal and Ghahramani, 2016): of the images on which they agree least, it gets more wrong.

# %%
votes = np.stack([ops.convert_to_numpy(mlp(x, training=True)).argmax(axis=1) for _ in range(30)])
choice = logits.argmax(axis=1)
agreement = np.mean(votes == choice, axis=0)
order = np.argsort(agreement, kind="stable")
unsure, sure = order[:200], order[-200:]
errors = choice != data.test["label"]

print(f"errors among the 200 least agreed on: {errors[unsure].mean():.1%}")
print(f"errors among the 200 most agreed on:  {errors[sure].mean():.1%}")
assert errors[unsure].mean() > 2 * errors[sure].mean()

# %% [markdown]
# The images agreed on least: what the network calls them, and how many of the 30 say so, too.

# %%
shown = order[:10]
figure = Figure(figsize=(8, 1.1), layout="constrained")
labels = [f"{choice[i]}, {agreement[i]:.0%}" for i in shown]
draw_mosaic(figure.subplots(), x[shown].reshape(1, 10, 28, 28), (), labels, cmap="Greys")
show(figure, "07_least_agreed_on")

# %% [markdown]
# ## Batch normalisation
#
# In training it normalises by the batch and remembers a running mean; in inference it normalises by
# what it remembers, and changes nothing.

# %%
normalization = keras.layers.BatchNormalization(momentum=0.9)
x = np.random.default_rng(0).normal(5, 2, size=(256, 3)).astype("float32")
normalization.build(x.shape)

untouched = ops.convert_to_numpy(normalization(x, training=False))
_, _, moving_mean, _ = normalization.get_weights()
assert np.all(moving_mean == 0)
assert untouched.mean() > 4

for _ in range(100):
    normalized = ops.convert_to_numpy(normalization(x, training=True))
assert abs(normalized.mean()) < 1e-3

_, _, moving_mean, _ = normalization.get_weights()
print("running mean:", moving_mean.round(2), "of", x.mean(axis=0).round(2))
np.testing.assert_allclose(moving_mean, x.mean(axis=0), rtol=1e-3)
