"""A small model of two objectives, each with variables and an optimizer of its own."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from triceras.engines.objective import Objective
from triceras.errors import UserError

PLAYERS = ("discriminator", "generator")


@keras.saving.register_keras_serializable(package="triceras")
class Adversaries(keras.Model):
    """A generator of `(batch, features)` and a discriminator, both as small as can be.

    Args:
        features: number of features of an example.
        latent_dim: number of coordinates of the generator's noise.
    """

    def __init__(self, features: int, latent_dim: int = 4, **kwargs: Any):
        super().__init__(**kwargs)
        self.features, self.latent_dim = features, latent_dim
        self.generator = keras.Sequential(
            [keras.Input((latent_dim,)), keras.layers.Dense(features, "sigmoid")], name="generator"
        )
        self.discriminator = keras.Sequential(
            [
                keras.Input((features,)),
                keras.layers.Dense(16, "tanh"),
                keras.layers.Dropout(0.3),
                keras.layers.Dense(1),
            ],
            name="discriminator",
        )
        self.seed_generator = keras.random.SeedGenerator()
        self.loss_metrics = {name: keras.metrics.Mean(name=name) for name in PLAYERS}
        self.built = True

    def compile(self, optimizer: Any = None, **kwargs: Any) -> None:
        """Takes a dictionary of two Keras optimizers."""
        if not isinstance(optimizer, Mapping) or set(optimizer) != set(PLAYERS):
            raise UserError(f"wanted are two optimizers, {' and '.join(PLAYERS)}")
        super().compile(optimizer=optimizer["discriminator"])
        self.generator_optimizer = keras.optimizers.get(optimizer["generator"])

    @property
    def optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """The optimizer of each network."""
        return {"discriminator": self.optimizer, "generator": self.generator_optimizer}

    def get_compile_config(self) -> dict[str, Any]:
        return {name: keras.optimizers.serialize(o) for name, o in self.optimizers.items()}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        self.compile({name: keras.optimizers.deserialize(config[name]) for name in PLAYERS})
        for objective in self.objectives():
            objective.optimizer.build(objective.variables)

    def objectives(self) -> list[Objective]:
        """What a step does: first the discriminator's, then the generator's."""
        losses = (self.discriminator_loss, self.generator_loss)
        return [
            Objective(name, loss, getattr(self, name).trainable_variables, self.optimizers[name])
            for name, loss in zip(PLAYERS, losses, strict=True)
        ]

    def discriminator_loss(self, inputs: Any, targets: Any, training: bool) -> Any:
        """How well real rows `inputs` are told from invented ones, a scalar."""
        real = self.discriminator(inputs, training=training)
        invented = self.discriminator(self.invented(ops.shape(inputs)[0]), training=training)
        loss = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(invented))
        self.loss_metrics["discriminator"].update_state(loss)
        return loss

    def generator_loss(self, inputs: Any, targets: Any, training: bool) -> Any:
        """How badly invented rows are told from real ones, a scalar."""
        invented = self.discriminator(self.invented(ops.shape(inputs)[0]), training=training)
        loss = ops.mean(ops.softplus(-invented))
        self.loss_metrics["generator"].update_state(loss)
        return loss

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """All metrics but Keras's `loss`, as there is no one loss."""
        return [metric for metric in super().metrics if metric.name != "loss"]

    def invented(self, count: Any) -> Any:
        """Rows of new noise, `(count, features)`."""
        return self.generator(
            keras.random.normal((count, self.latent_dim), seed=self.seed_generator)
        )

    def call(self, inputs: Any) -> Any:
        return self.invented(ops.shape(inputs)[0])

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = {"features": self.features, "latent_dim": self.latent_dim}
        return {**super().get_config(), **config}


def build_adversaries(input_shape: tuple[int, ...], latent_dim: int = 4) -> Adversaries:
    """Makes them for examples of a shape.

    Args:
        input_shape: shape of one example, `(features,)`.
        latent_dim: number of coordinates of the generator's noise.

    Returns:
        A built `Adversaries`.
    """
    return Adversaries(input_shape[0], latent_dim)
