"""The generative adversarial network: two networks, two objectives, two optimizers."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from lab.objectives.adversarial import discriminator_loss, generator_loss
from lab.objectives.energy_distance import energy_distance
from triceras.engines import Objective
from triceras.errors import UserError

PLAYERS = ("discriminator", "generator")


@keras.saving.register_keras_serializable(package="lab")
class GenerativeAdversarialNetwork(keras.Model):
    """Trains a generator of images against a discriminator that tells them from real ones.

    A step has two objectives: the discriminator's on a batch of real and one of generated images,
    then the generator's, on new noise, against the discriminator that has just moved. Real and
    generated images go through the discriminator as batches of their own, so that its batch
    normalisation cannot tell them by the other half of a mixed batch.

    Each network's moving statistics move in its own objective only: the discriminator's twice a
    step, by the real batch and by the generated one, so that in inference both are judged by one
    measure that lies between them; the generator's once. Where a network only serves the other
    one's objective it normalises by the batch, as in training, and leaves its statistics (and the
    random counters of its dropout) as they are.

    In evaluation both networks use their moving statistics. Generated images hardly change by it,
    but the discriminator has never been trained to judge by a mixture, so its losses and
    accuracies on test images go up and down from one epoch to the next, and say less than those of
    training. What says how good the images are is `energy_distance`, in which it has no part.

    Calling the model generates an image for each of `inputs`, whose values play no part.

    Args:
        generator: a built `keras.Model`, noise `(batch, latent_dim)` to images of the shape of the
            data, in [-1, 1].
        discriminator: a built `keras.Model`, such images to logits `(batch, 1)`, of being real.
        seed: seed of the noise, or `None` to take one from the run's seed.

    Reference:
        - [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661).
        - Batches of their own: [Radford, Metz and Chintala, 2015](
          https://arxiv.org/abs/1511.06434), in the code that came with the paper.
    """

    inputs_between = (0.0, 1.0)

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.loss_metrics = {name: keras.metrics.Mean(name=f"{name}_loss") for name in PLAYERS}
        self.accuracy_metrics = {
            name: keras.metrics.Mean(name=f"{name}_accuracy") for name in ("real", "fake")
        }
        self.energy_distance_metric = keras.metrics.Mean(name="energy_distance")

    def build(self, input_shape: Any) -> None:
        """Both networks are built already."""

    # Two optimizers.

    def compile(
        self, optimizer: Any = None, loss: Any = None, metrics: Any = None, **kwargs: Any
    ) -> None:
        """Takes an optimizer for each network.

        Args:
            optimizer: a dictionary of Keras optimizers, `discriminator` and `generator`.
            loss: none, as the model has its own two.
            metrics: none, as the model has its own.
            **kwargs: of `keras.Model.compile`.

        Raises:
            UserError: `optimizer` is no such dictionary, or there is a loss or a metric.
        """
        if loss or metrics:
            raise UserError(
                "a generative adversarial network has losses and metrics of its own: use "
                "model.loss=null model.metrics=[]"
            )
        if not isinstance(optimizer, Mapping) or set(optimizer) != set(PLAYERS):
            raise UserError(
                "a generative adversarial network wants two optimizers, discriminator and "
                "generator: use optimizer=adversarial"
            )
        super().compile(optimizer=optimizer["discriminator"], **kwargs)
        self.generator_optimizer = keras.optimizers.get(optimizer["generator"])

    @property
    def optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """The optimizer of each network."""
        return {"discriminator": self.optimizer, "generator": self.generator_optimizer}

    def get_compile_config(self) -> dict[str, Any]:
        return {
            name: keras.optimizers.serialize(optimizer)
            for name, optimizer in self.optimizers.items()
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        self.compile({name: keras.optimizers.deserialize(config[name]) for name in PLAYERS})
        for objective in self.objectives():
            objective.optimizer.build(objective.variables)

    # Two objectives.

    def objectives(self) -> list[Objective]:
        """What a step does: first the discriminator's, then the generator's."""
        losses = (self.discriminator_loss, self.generator_loss)
        return [
            Objective(
                f"{name}_loss", loss, getattr(self, name).trainable_variables, self.optimizers[name]
            )
            for name, loss in zip(PLAYERS, losses, strict=True)
        ]

    def discriminator_loss(self, inputs: Any, targets: Any, training: bool) -> Any:
        """The discriminator's loss on a batch of images `inputs` in [0, 1], a scalar."""
        count = ops.shape(inputs)[0]
        fake = apply_unchanged(self.generator, self.noise(count), training)
        real = 2.0 * inputs - 1.0
        real_logits = self.discriminator(real, training=training)
        fake_logits = self.discriminator(fake, training=training)
        loss = discriminator_loss(real_logits, fake_logits)
        self.loss_metrics["discriminator"].update_state(loss, count)
        self.accuracy_metrics["real"].update_state(real_logits > 0)
        self.accuracy_metrics["fake"].update_state(fake_logits < 0)
        # One image has no other to be compared with; its distance would be another number.
        counted = count if count > 1 else 0
        distance = energy_distance(inputs, to_grey(fake))
        self.energy_distance_metric.update_state(distance, counted)
        return loss

    def generator_loss(self, inputs: Any, targets: Any, training: bool) -> Any:
        """The generator's loss on as many images as there are `inputs`, a scalar."""
        count = ops.shape(inputs)[0]
        fake = self.generator(self.noise(count), training=training)
        loss = generator_loss(apply_unchanged(self.discriminator, fake, training))
        self.loss_metrics["generator"].update_state(loss, count)
        return loss

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """All metrics but Keras's `loss`, as there is no one loss."""
        return [metric for metric in super().metrics if metric.name != "loss"]

    # Images.

    @property
    def latent_dim(self) -> int:
        """The number of coordinates of the noise."""
        return self.generator.input_shape[-1]

    def noise(self, count: Any) -> Any:
        """New noise from N(0, I), `(count, latent_dim)`."""
        return keras.random.normal((count, self.latent_dim), seed=self.seed_generator)

    def generate(self, noise: Any) -> Any:
        """Grey values in [0, 1] of noise `(batch, latent_dim)`, in inference mode."""
        return to_grey(self.generator(ops.convert_to_tensor(noise), training=False))

    def call(self, inputs: Any, training: bool = False) -> Any:
        return to_grey(self.generator(self.noise(ops.shape(inputs)[0]), training=training))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "seed": self.seed,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> "GenerativeAdversarialNetwork":
        networks = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in PLAYERS
        }
        return cls(**{**config, **networks})


def apply_unchanged(network: keras.Model, inputs: Any, training: bool) -> Any:
    """What a network makes of `inputs`, while its moving statistics and counters stay."""
    outputs, _ = network.stateless_call(
        [v.value for v in network.trainable_variables],
        [v.value for v in network.non_trainable_variables],
        inputs,
        training=training,
    )
    return outputs


def to_grey(images: Any) -> Any:
    """Images in [-1, 1] as grey values in [0, 1]."""
    return (images + 1.0) / 2.0
