# %% [markdown]
# # A variational autoencoder, end to end
#
# An encoder gives a distribution over codes for each image, a decoder draws an image from a code.
# What is minimised is the negative ELBO: how badly the image is reconstructed, plus how far the
# codes' distribution is from a standard normal one.

# %%
from helpers import digits, print_source, show, start

start()

# %%
import keras
import numpy as np
from keras import ops
from matplotlib.figure import Figure
from omegaconf import OmegaConf

from lab.figures.mosaic import draw_mosaic
from lab.layers.decoder import Decoder
from lab.layers.encoder import Encoder
from lab.layers.kl_divergence import KLDivergence
from lab.layers.sampling import Sampling
from lab.models.functional_vae import build_functional_vae
from lab.objectives.bernoulli import BernoulliNegativeLogLikelihood
from triceras.config import compose
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.figures.style import BLUE, tidy
from triceras.loops.schedule import Schedule

# %% [markdown]
# ## The parts
#
# Sampling is written so that gradients reach the mean and the variance: noise comes in from the
# side. The divergence is a layer that passes its inputs on and adds a loss (guide 04).

# %%
print_source(Sampling.call, KLDivergence.call)

# %% [markdown]
# ## The model


# %%
class VariationalAutoencoder(keras.Model):
    def __init__(self, latent_dim=16, hidden_units=(200,)):
        super().__init__()
        self.encoder = Encoder(latent_dim, hidden_units, "tanh")
        self.kl_divergence = KLDivergence(reduction="sum")
        self.sampling = Sampling()
        self.decoder = Decoder(784, hidden_units, "tanh", output_activation=None)  # logits
        self.latent_dim = latent_dim

    def build(self, input_shape):
        self.encoder.build(input_shape)
        self.decoder.build((None, self.latent_dim))

    def call(self, images):
        posterior = self.kl_divergence(self.encoder(images))
        return self.decoder(self.sampling(posterior))


def compiled(model):
    """The log likelihood of black and white pixels is the rest of the ELBO."""
    model.compile(keras.optimizers.Adam(3e-3), BernoulliNegativeLogLikelihood())
    return model


data = digits(binarize="fixed")
keras.utils.set_random_seed(0)
vae = VariationalAutoencoder()
vae.build((None, 784))
compiled(vae)
print(f"{vae.count_params():,} parameters")
assert len(vae.trainable_weights) == 10

# %% [markdown]
# The decoder need not learn which pixels are black in all images: its last bias starts at the log
# odds of the mean image.

# %%
mean_image = np.clip(data.train["image"].mean(axis=0), 0.001, 0.999)
vae.decoder.pixels.bias.assign(np.log(mean_image / (1 - mean_image)))

blank = ops.sigmoid(vae.decoder(np.zeros((1, 16), "float32")))
np.testing.assert_allclose(ops.convert_to_numpy(blank)[0], mean_image, rtol=1e-4)

# %% [markdown]
# ## Training
#
# The targets are the inputs. Each epoch is one compiled program, or for PyTorch one compiled step
# that is run again and again (guide 06).

# %%
schedule = Schedule(seed=0, size=len(data.train), batch_size=100, epochs=15, max_steps=None)
steps = schedule.steps_per_epoch
engine = engine_class()(vae, BatchPreparation("image", "image"), steps_per_call=steps)
train, test = (engine.put(split.parts) for split in (data.train, data.test))

engine.load_state()
losses, test_losses = [], []
for epoch in range(schedule.epochs):
    logs, _ = engine.train_steps(train, schedule.chunk(epoch, 0, steps))
    losses.append(logs["loss"])
    test_losses.append(engine.evaluate(test, batch_size=500)["loss"])
    if epoch % 4 == 0:
        elbo, test_elbo = -logs["loss"].mean(), -test_losses[-1]
        print(f"epoch {epoch + 1:2d}  ELBO {elbo:.1f} nats, of test images {test_elbo:.1f}")
engine.save_state()

assert test_losses[-1] < test_losses[0] - 30
assert test_losses[-1] < 130

# %%
figure = Figure(figsize=(6, 3), layout="constrained")
axes = figure.subplots()
axes.plot(-np.concatenate(losses), color=BLUE, linewidth=0.7, label="training, each step")
ends = steps * np.arange(1, schedule.epochs + 1)
axes.plot(ends, -np.array(test_losses), "k.-", linewidth=1, markersize=3, label="test")
axes.set(xlabel="training steps", ylabel="ELBO (nats)", ylim=(-250, None))
axes.legend(frameon=False)
tidy(axes)
show(figure, "09_elbo")

# %% [markdown]
# ## What it learned
#
# A latent coordinate is in use where its mean differs from image to image. Below: test images,
# their reconstructions, images decoded from the prior, and the way from one digit to another.

# %%
mean, _ = vae.encoder(data.test["image"])
mean = ops.convert_to_numpy(mean)
active = np.sum(mean.var(axis=0) > 0.01)
print(f"{active} of 16 latent coordinates are in use")
assert active >= 10


def decode(codes):
    return ops.convert_to_numpy(ops.sigmoid(vae.decoder(codes)))


noise = keras.random.normal((10, 16), seed=1)
way = np.linspace(0, 1, 10, dtype="float32")[:, None]
first, last = mean[np.argmax(data.test["label"] == 1)], mean[np.argmax(data.test["label"] == 8)]
rows = [
    data.test["image"][:10],
    decode(mean[:10]),
    decode(noise),
    decode((1 - way) * first + way * last),
]

error = np.mean((rows[1] - rows[0]) ** 2)
guess = np.mean((mean_image - rows[0]) ** 2)
assert error < 0.6 * guess

figure = Figure(figsize=(8, 3.2), layout="constrained")
labels = ("test image", "reconstruction", "from the prior", "from 1 to 8")
images = np.stack(rows).reshape(4, 10, 28, 28)
draw_mosaic(figure.subplots(), images, labels, cmap="Greys", vmin=0, vmax=1)
show(figure, "09_images")

# %% [markdown]
# ## The same by the Functional API and `fit`
#
# `add_loss` on a symbolic tensor, as in 2020, is refused by Keras 3; the layer that adds the loss
# makes it a graph all the same. From the same seed and the same batches comes the same first
# epoch.

# %%
keras.utils.set_random_seed(0)
graph = build_functional_vae((784,), 16, (200,), "tanh", output_activation=None)
graph.adapt(data.train["image"])  # the bias, as above
compiled(graph)
order = schedule.chunk(0, 0, steps).indices.ravel()
x = data.train["image"][order]
history = graph.fit(x, x, batch_size=100, shuffle=False, verbose=0).history

print(f"ELBO of the first epoch: {-losses[0].mean():.4f} and {-history['loss'][0]:.4f} nats")
assert np.isclose(history["loss"][0], losses[0].mean(), rtol=1e-4)

# %% [markdown]
# ## As an experiment
#
# `python scripts/train.py experiment=vae` trains a larger one, for longer, and draws and records
# what it does. Its numbers are in `conf/`, and each can be overridden on the command line.

# %%
config = compose(["experiment=vae", "model.network.latent_dim=16"])
print(OmegaConf.to_yaml(config.model.network))
assert config.model.network.latent_dim == 16
