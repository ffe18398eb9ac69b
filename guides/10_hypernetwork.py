# %% [markdown]
# # A hypernetwork, end to end
#
# One network generates the weights of another. Here a small generator looks at an image and makes,
# for this image alone, the weights of the classifier that labels it.

# %%
from helpers import digits, print_source, show, start

start()

# %%
import functools
from pathlib import Path

import keras
import numpy as np
from keras import ops

from lab.figures.generated_weights import GeneratedWeights
from lab.layers.weight_generator import WeightGenerator
from lab.models.dense_hypernetwork import build_dense_hypernetwork
from lab.models.hypernetwork import Hypernetwork
from lab.models.mlp import build_mlp
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.figures.figure import Subject
from triceras.loops.schedule import Schedule

data = digits()

# %% [markdown]
# ## A network as a function of its weights
#
# In 2020 the generated weights were assigned to the layers of the target, which Keras 3 refuses.
# `stateless_call` is the better way: it takes the weights as an argument, and the target's own are
# never used.

# %%
target = build_mlp((784,), classes=10, hidden_units=(16,))
shapes = [tuple(v.shape) for v in target.trainable_variables]
count = sum(int(np.prod(shape)) for shape in shapes)
print(f"to be generated: {count:,} weights of shapes {shapes}")
assert count == 784 * 16 + 16 + 16 * 10 + 10

zeros = [ops.zeros(shape) for shape in shapes]
logits, _ = target.stateless_call(zeros, [], data.test["image"][:1])
assert np.all(ops.convert_to_numpy(logits) == 0)
assert np.any(ops.convert_to_numpy(target(data.test["image"][:1])) != 0)

# %% [markdown]
# ## By hand, for one image at a time
#
# `WeightGenerator` is one linear map and some reshaping. It starts so that the generated weights
# have the variance which the target wants; for that its inputs must have unit variance.


# %%
class OneImageHypernetwork(keras.Model):
    def __init__(self):
        super().__init__()
        self.features = keras.Sequential(
            [
                keras.Input((784,)),
                keras.layers.Dense(16, "relu"),
                keras.layers.LayerNormalization(center=False, scale=False),
            ]
        )
        self.weight_generator = WeightGenerator(shapes)

    def build(self, input_shape):
        self.weight_generator.build((None, 16))

    def call(self, image):
        weights = [w[0] for w in self.weight_generator(self.features(image))]
        logits, _ = target.stateless_call(weights, [], image)
        return logits


def compiled(model):
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model


def train(model, batch_size, epochs=None, max_steps=None):
    """Trains with the engine; returns the loss of each step."""
    schedule = Schedule(0, len(data.train), batch_size, epochs, max_steps)
    steps = schedule.steps_in(0)
    engine = engine_class()(model, BatchPreparation("image", "label"), steps_per_call=steps)
    rows = engine.put(data.train.parts)
    losses = []
    for epoch in range(schedule.epochs):
        model.reset_metrics()
        engine.load_state()
        logs, metrics = engine.train_steps(rows, schedule.chunk(epoch, 0, steps))
        engine.save_state()
        losses.append(logs["loss"])
        loss, accuracy = metrics["loss"][-1], metrics["accuracy"][-1]
        print(f"{steps} steps of {batch_size}: loss {loss:.3f}, accuracy {accuracy:.3f}")
    return np.concatenate(losses)


keras.utils.set_random_seed(0)
by_hand = OneImageHypernetwork()
by_hand.build((None, 784))
losses = train(compiled(by_hand), batch_size=1, max_steps=500)

assert len(by_hand.trainable_weights) == 4  # the target's are not among them
assert losses[-100:].mean() < 0.6 * losses[:100].mean()

# %% [markdown]
# ## For batches, and for any target
#
# The `Hypernetwork` of the package does this for every image of a batch at once. Its target may be
# any Keras model with one input: convolutions, batch normalisation and dropout included.

# %%
print_source(Hypernetwork.call)

keras.utils.set_random_seed(0)
hypernetwork = build_dense_hypernetwork(
    (784,), 10, target=functools.partial(build_mlp, hidden_units=(16,)), hidden_units=(16,)
)

# %% [markdown]
# With the weights of the one written by hand it computes the same.

# %%
own = hypernetwork.get_weights()
hypernetwork.set_weights(by_hand.get_weights())
expected = [ops.convert_to_numpy(by_hand(data.test["image"][i : i + 1])) for i in range(3)]
found = ops.convert_to_numpy(hypernetwork(data.test["image"][:3]))
np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-3, atol=1e-4)
hypernetwork.set_weights(own)

# %% [markdown]
# ## Training

# %%
before = hypernetwork.target.get_weights()
losses = train(compiled(hypernetwork), batch_size=50, epochs=3)
after = hypernetwork.target.get_weights()

predicted = hypernetwork.predict(data.test["image"], batch_size=500, verbose=0).argmax(axis=1)
accuracy = np.mean(predicted == data.test["label"])
print(f"test accuracy {accuracy:.3f}")
assert accuracy > 0.88
assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))

# %% [markdown]
# ## What it generates
#
# Each image gets weights of its own. Red adds to a unit where there is ink, blue takes away.

# %%
first, second = ops.convert_to_numpy(hypernetwork.generate_weights(data.test["image"][:2])[0])
spread, difference = first.std(), np.std(first - second)
print(f"weights of two images: standard deviation {spread:.3f}, apart by {difference:.3f}")
assert difference > 0.1 * spread

figure = GeneratedWeights(units=8, images=4).draw(
    Subject(hypernetwork, data, Path(), 0, BatchPreparation("image", "label"))
)
show(figure, "10_generated_weights")

# %% [markdown]
# `python scripts/train.py experiment=hypernetwork` trains a larger one; `experiment=guide/vae`,
# `experiment=guide/hypernetwork` and the others of that folder repeat the 2020 guide to the letter
# of its numbers.
