# %% [markdown]
# # Weights
#
# Where weights come from, when, and which of them an optimizer moves.

# %%
from helpers import digits, print_source, start

start()

# %%
import keras
import numpy as np
from keras import ops

from lab.layers.compute_sum import ComputeSum
from lab.layers.linear import Linear
from lab.models.mlp import MLP

# %% [markdown]
# ## Made when the shapes are known
#
# `add_weight` in `build(input_shape)` puts off the making of weights until the layer sees its first
# inputs, or is told their shape.

# %%
called, built, told = Linear(4), Linear(4), Linear(4, input_dim=2)
assert called.weights == [] == built.weights

called(ops.ones((3, 2)))
built.build((None, 2))

for layer in (called, built, told):
    assert [tuple(v.shape) for v in layer.weights] == [(2, 4), (4,)]

# %% [markdown]
# ## The same on each backend
#
# `start` set a seed and put this package's random numbers behind Keras's own API. The weights are
# then the same on JAX, TensorFlow and PyTorch; the number below is, too.

# %%
keras.utils.set_random_seed(0)
weights = Linear(4, input_dim=784).get_weights()
print("sum of the weights:", weights[0].sum())
assert np.isclose(weights[0].sum(), -2.49673, rtol=0, atol=1e-4)

# %% [markdown]
# ## Not all weights are trained
#
# `ComputeSum` keeps the sum of all that it was given. No gradient should touch it, so it is a
# weight with `trainable=False`: saved and restored with the others, and left alone by optimizers.

# %%
print_source(ComputeSum.call)

running_sum = ComputeSum(2)
x = ops.ones((2, 2))
first = ops.convert_to_numpy(running_sum(x)).tolist()
second = ops.convert_to_numpy(running_sum(x)).tolist()

print(first, second)
assert first == [2.0, 2.0]
assert second == [4.0, 4.0]
assert running_sum.weights == running_sum.non_trainable_weights == [running_sum.total]
assert running_sum.trainable_weights == []

# %% [markdown]
# `call` assigns to the weight, and that holds inside a compiled training step as well, on JAX too:
# after one epoch of `fit` the sum is that of all images.


# %%
class Counting(keras.Model):
    def __init__(self):
        super().__init__()
        self.ink = ComputeSum(784)
        self.logits = Linear(10, input_dim=784)

    def call(self, inputs):
        self.ink(inputs)
        return self.logits(inputs)


train = digits().train
model = Counting()
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(train["image"], train["label"], batch_size=100, epochs=1, verbose=0)

total = ops.convert_to_numpy(model.ink.total.value)
np.testing.assert_allclose(total, train["image"].sum(axis=0), rtol=1e-4)
assert len(model.trainable_weights) == 2
assert len(model.non_trainable_weights) == 1

# %% [markdown]
# ## Frozen layers
#
# `trainable` can be switched for a layer and all that it owns: the usual first step of fine-tuning.

# %%
mlp = MLP(hidden_units=(32, 32))
mlp.build((None, 784))
mlp.hidden[0].trainable = False
mlp.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
assert len(mlp.trainable_weights) == 4
assert len(mlp.non_trainable_weights) == 2

before = mlp.get_weights()
mlp.fit(train["image"], train["label"], batch_size=100, epochs=1, verbose=0)
moved = [not np.array_equal(old, new) for old, new in zip(before, mlp.get_weights(), strict=True)]

for weight, has_moved in zip(mlp.weights, moved, strict=True):
    print(f"{weight.path:<20} {'trained' if has_moved else 'frozen'}")
assert moved == [False, False, True, True, True, True]
