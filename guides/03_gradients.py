# %% [markdown]
# # Gradients
#
# A training step by hand: forward pass, gradients, update. This is the one thing that each
# framework does in its own way, so here are the three side by side. Everything around it is the
# same code.

# %%
from helpers import digits, print_source, show, start

start()

# %%
import keras
import numpy as np
from keras import ops
from matplotlib.figure import Figure

from lab.figures.mosaic import draw_mosaic
from lab.models.linear import build_linear
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.loops.schedule import Schedule

data = digits()
loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.1)
model = build_linear((784,), classes=10)


def unchanged(gradients):
    return gradients


# %% [markdown]
# ## The step, three times
#
# - **JAX** differentiates pure functions, so the weights go in as an argument:
#   `model.stateless_call` takes their values and gives back the changed values of all that is not
#   trained.
# - **TensorFlow** records what happens inside a `GradientTape`.
# - **PyTorch** records what happens to tensors that ask for it; `backward` leaves each gradient in
#   its weight's `grad`.
#
# Between the gradients and the update is room for anything: clip, project, add noise.

# %%
if keras.backend.backend() == "jax":
    import jax

    def loss_of(trainable, non_trainable, x, y):
        logits, non_trainable = model.stateless_call(trainable, non_trainable, x, training=True)
        return loss_function(y, logits), non_trainable

    def train_step(x, y, change=unchanged):
        trainable = [v.value for v in model.trainable_variables]
        non_trainable = [v.value for v in model.non_trainable_variables]
        compute_gradients = jax.value_and_grad(loss_of, has_aux=True)
        (loss, non_trainable), gradients = compute_gradients(trainable, non_trainable, x, y)
        optimizer.apply(change(gradients), model.trainable_variables)
        for variable, value in zip(model.non_trainable_variables, non_trainable, strict=True):
            variable.assign(value)
        return loss

elif keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def train_step(x, y, change=unchanged):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            loss = loss_function(y, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(change(gradients), model.trainable_variables)
        return loss

else:
    import torch

    def train_step(x, y, change=unchanged):
        model.zero_grad()
        logits = model(x, training=True)
        loss = loss_function(y, logits)
        loss.backward()
        gradients = [v.value.grad for v in model.trainable_variables]
        with torch.no_grad():
            optimizer.apply(change(gradients), model.trainable_variables)
        return loss.detach()


# %% [markdown]
# ## Is it the gradient?
#
# For a linear classifier it can be worked out on paper: with probabilities `p` and one-hot labels
# `t`, the gradient of the mean cross entropy is `x.T @ (p - t) / n`. One step must move the weights
# by just that, times the learning rate.

# %%
x, y = data.train["image"][:64], data.train["label"][:64]
w, b = model.get_weights()
logits = x @ w + b
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
t = np.eye(10)[y]

loss = float(train_step(x, y))

moved_w, moved_b = model.get_weights()
assert np.isclose(loss, -np.log(p[np.arange(64), y]).mean(), rtol=1e-5)
np.testing.assert_allclose(moved_w, w - 0.1 * x.T @ (p - t) / 64, atol=1e-6)
np.testing.assert_allclose(moved_b, b - 0.1 * (p - t).mean(axis=0), atol=1e-6)

# %% [markdown]
# ## The loop
#
# A `Schedule` says which rows each step sees, as a function of the seed and the epoch: the same
# batches on every backend.

# %%
model.set_weights([w, b])
schedule = Schedule(seed=0, size=len(data.train), batch_size=64, epochs=1, max_steps=None)
chunk = schedule.chunk(epoch=0, start=0, stop=schedule.steps_per_epoch)

losses = []
for step, rows in enumerate(chunk.indices):
    losses.append(float(train_step(data.train["image"][rows], data.train["label"][rows])))
    if step % 20 == 0:
        print(f"step {step:3d}  loss {losses[-1]:.3f}")

accuracy = np.mean(
    model.predict(data.test["image"], verbose=0).argmax(axis=1) == data.test["label"]
)
print(f"test accuracy {accuracy:.3f}")
assert np.mean(losses[-10:]) < 0.5 * losses[0]
assert accuracy > 0.8

# %% [markdown]
# What training added to the weights of each digit, red where it looks for ink and blue where it
# looks for none:

# %%
templates = (model.get_weights()[0] - w).T.reshape(1, 10, 28, 28)
figure = Figure(figsize=(8, 1.1), layout="constrained")
limit = np.abs(templates).max()
labels = [str(digit) for digit in range(10)]
draw_mosaic(figure.subplots(), templates, (), labels, cmap="RdBu_r", vmin=-limit, vmax=limit)
show(figure, "03_templates")

# %% [markdown]
# ## Changing the gradients
#
# They are an ordinary list of tensors. Here they are scaled so that together they have the length
# 0.01; an SGD step then moves the weights by 0.1 times that, whatever the batch.


# %%
def shorten(gradients):
    length = ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
    return [gradient * 0.01 / length for gradient in gradients]


before = model.get_weights()
train_step(x, y, change=shorten)
difference = [new - old for new, old in zip(model.get_weights(), before, strict=True)]
distance = np.sqrt(sum(np.sum(np.square(d)) for d in difference))

print(f"moved by {distance:.6f}")
assert np.isclose(distance, 0.1 * 0.01, rtol=1e-3)

# %% [markdown]
# ## The step of the package
#
# The engines hold the same three steps, one file for each framework, made fit for compiling, for
# several objectives and for metrics. This is the one that runs here:

# %%
engine_type = engine_class()
print_source(engine_type.train_step)

model.set_weights([w, b])
model.compile(keras.optimizers.SGD(learning_rate=0.1), loss_function)
engine = engine_type(model, BatchPreparation("image", "label"), steps_per_call=len(chunk))
engine.load_state()
logs, _ = engine.train_steps(engine.put(data.train.parts), chunk)
engine.save_state()

np.testing.assert_allclose(logs["loss"], losses, rtol=1e-4)
