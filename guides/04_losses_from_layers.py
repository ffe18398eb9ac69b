# %% [markdown]
# # Losses from layers
#
# A layer can add a term to the loss while it computes, by `add_loss`. That is where regularisation
# belongs: next to what it regularises.

# %%
from helpers import digits, print_source, show, start

start()

# %%
import keras
import numpy as np
from keras import ops
from matplotlib.figure import Figure

from lab.layers.activity_regularization import ActivityRegularization
from lab.models.sparse_mlp import SparseMLP
from triceras.figures.style import BLUE, VERMILION, tidy

# %% [markdown]
# ## A layer that does nothing but add a loss

# %%
print_source(ActivityRegularization.call)

layer = ActivityRegularization(rate=0.01)
y = layer(ops.ones((2, 3)))

assert ops.convert_to_numpy(y).tolist() == [[1, 1, 1], [1, 1, 1]]
(loss,) = layer.losses
print("loss:", float(loss))
assert np.isclose(float(loss), 0.01 * 6)

# %% [markdown]
# ## Losses belong to the last call
#
# Whatever owns the layer has its losses too, however deep. They do not pile up: each call of the
# outermost layer begins with an empty list.

# %%
print_source(SparseMLP.call)

mlp = SparseMLP(rate=0.01)
for _ in range(2):
    mlp(ops.ones((10, 10)))
    assert len(mlp.losses) == 1

# %% [markdown]
# ## In the training loss
#
# `model.compute_loss` is the compiled loss plus all that layers added. Every loop of this package
# minimises just that, and so does `fit`. A step written by hand adds `sum(model.losses)` itself.

# %%
data = digits()
loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
x, y = data.train["image"][:64], data.train["label"][:64]

mlp = SparseMLP(rate=0.01)
mlp.compile("sgd", loss_function)
logits = mlp(x)
total = mlp.compute_loss(x=x, y=y, y_pred=logits)
by_hand = loss_function(y, logits) + sum(mlp.losses)
np.testing.assert_allclose(*map(ops.convert_to_numpy, (total, by_hand)), rtol=1e-5)

# %% [markdown]
# ## What it does
#
# Two networks from the same seed, one of them regularised: the same accuracy or nearly, from far
# fewer hidden units at work.


# %%
def hidden_activations(mlp):
    return ops.convert_to_numpy(ops.relu(mlp.hidden(data.test["image"])))


activations, accuracies = {}, {}
for rate in (0.0, 1e-4):
    keras.utils.set_random_seed(0)
    mlp = SparseMLP(rate=rate)
    mlp.compile(keras.optimizers.Adam(5e-3), loss_function, metrics=["accuracy"])
    mlp.fit(
        data.train["image"], data.train["label"], batch_size=160, epochs=5, shuffle=False, verbose=0
    )
    _, accuracies[rate] = mlp.evaluate(data.test["image"], data.test["label"], 500, verbose=0)
    activations[rate] = hidden_activations(mlp)
    print(
        f"rate {rate:<6}  mean activation {activations[rate].mean():.3f}  "
        f"zero {np.mean(activations[rate] == 0):.0%}  test accuracy {accuracies[rate]:.3f}"
    )

plain, sparse = activations.values()
assert sparse.mean() < 0.7 * plain.mean()
assert np.mean(sparse == 0) > np.mean(plain == 0)
assert min(accuracies.values()) > 0.85

# %%
figure = Figure(figsize=(5.5, 3), layout="constrained")
axes = figure.subplots()
bins = np.linspace(0, np.quantile(plain, 0.999), 60)
for rate, colour in zip(activations, (BLUE, VERMILION), strict=True):
    axes.hist(activations[rate].ravel(), bins, color=colour, histtype="step", label=f"rate {rate}")
axes.set(xlabel="hidden activation", ylabel="count", yscale="log")
axes.legend(frameon=False)
tidy(axes)
show(figure, "04_activations")
