# %% [markdown]
# # Metrics
#
# A metric is a running mean, or something like it: update it with each batch, read it at any time,
# reset it when an epoch begins. Its sums are variables, so metrics run inside compiled steps too.

# %%
from helpers import digits, print_source, show, start

start()

# %%
import keras
import numpy as np
from keras import ops
from matplotlib.figure import Figure

from lab.layers.linear import Linear
from lab.layers.track_metric import TrackMetric, reset_metrics
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.figures.style import BLUE, tidy
from triceras.loops.schedule import Schedule

# %% [markdown]
# ## Three methods

# %%
accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")

accuracy.update_state([1], np.array([[0.1, 0.9]]))  # right
accuracy.update_state([1], np.array([[0.8, 0.2]]))  # wrong
print("running accuracy:", float(accuracy.result()))
assert float(accuracy.result()) == 0.5

accuracy.reset_state()  # `reset_states` in 2020
assert float(accuracy.result()) == 0.0

# %% [markdown]
# ## Your own
#
# A metric of a function is one line. `MeanMetricWrapper` does the averaging.


# %%
def confidence(y_true, y_pred):
    """The probability that the network gives to its choice."""
    return ops.max(ops.softmax(y_pred), axis=-1)


metric = keras.metrics.MeanMetricWrapper(confidence, name="confidence")
metric.update_state([1, 0], np.log([[0.1, 0.9], [0.7, 0.3]]))
assert np.isclose(float(metric.result()), (0.9 + 0.7) / 2)

# %% [markdown]
# ## A metric of what happens inside a layer
#
# The guide of 2020 had `add_metric`, which Keras 3 has no more. `TrackMetric` takes its place: a
# layer that passes its inputs on and averages a quantity. Any layer can own one.

# %%
print_source(TrackMetric.call)


class Hidden(keras.layers.Layer):
    """A linear layer and a ReLU, and how many of its activations are zero."""

    def __init__(self, units):
        super().__init__()
        self.linear = Linear(units)
        self.silent = TrackMetric("silent")

    def build(self, input_shape):
        self.linear.build(input_shape)

    def call(self, inputs):
        x = ops.relu(self.linear(inputs))
        return self.silent(x, ops.cast(x == 0, "float32"))


hidden = Hidden(32)
x = hidden(np.random.default_rng(0).normal(size=(100, 784)))
(metric,) = hidden.metrics
share = np.mean(ops.convert_to_numpy(x) == 0)

print(f"silent: {float(metric.result()):.3f}")
assert np.isclose(float(metric.result()), share)
reset_metrics(hidden)
assert float(metric.result()) == 0.0

# %% [markdown]
# ## In training
#
# `fit` shows such a metric beside its own and resets it when an epoch begins. The engines return
# the running value after each step; a loop of your own resets the metrics before the engine takes
# over the model's state:

# %%
data = digits()


def build_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((784,)), Hidden(32), Linear(10)])
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[
            keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
            keras.metrics.MeanMetricWrapper(confidence, name="confidence"),
        ],
    )
    return model


model = build_model()
schedule = Schedule(seed=0, size=len(data.train), batch_size=50, epochs=3, max_steps=None)
steps = schedule.steps_per_epoch
engine = engine_class()(model, BatchPreparation("image", "label"), steps_per_call=steps)
rows = engine.put(data.train.parts)

epochs = []
for epoch in range(schedule.epochs):
    model.reset_metrics()
    engine.load_state()
    _, running = engine.train_steps(rows, schedule.chunk(epoch, 0, steps))
    engine.save_state()
    epochs.append(running)
    print(f"epoch {epoch + 1}:", *(f"{name} {running[name][-1]:.3f}" for name in sorted(running)))

assert set(running) == {"loss", "accuracy", "confidence", "silent"}
assert epochs[-1]["accuracy"][-1] > epochs[0]["accuracy"][-1]
# After a reset the mean is of the new epoch's batches only: 50 images in its first step.
assert np.isclose((epochs[1]["accuracy"][0] * 50) % 1, 0, atol=1e-4)

# %%
figure = Figure(figsize=(6, 3), layout="constrained")
axes = figure.subplots()
for epoch, running in enumerate(epochs):
    axes.plot(epoch * steps + np.arange(steps), running["accuracy"], color=BLUE)
axes.set(xlabel="training steps", ylabel="running accuracy", ylim=(0, 1))
tidy(axes)
show(figure, "05_running_accuracy")

# %% [markdown]
# The same three epochs by `fit`, on the same batches, end with the same numbers.

# %%
order = [schedule.chunk(epoch, 0, steps).indices.ravel() for epoch in range(3)]
model = build_model()
for epoch, rows in enumerate(order):
    history = model.fit(
        data.train["image"][rows],
        data.train["label"][rows],
        batch_size=50,
        shuffle=False,
        verbose=0,
    ).history
    for name, values in history.items():
        assert np.isclose(values[-1], epochs[epoch][name][-1], rtol=1e-3), name
