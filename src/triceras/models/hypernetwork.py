"""A network whose weights are generated, for each example, by another network."""

import types
from typing import Any

import keras
from keras import ops

from triceras.errors import UserError
from triceras.layers.weight_generator import WeightGenerator
from triceras.models.target_state import TargetState


@keras.saving.register_keras_serializable(package="triceras")
class Hypernetwork(keras.Model):
    """Generates the weights of `target` from each input and applies `target` to that input.

    The target's `trainable_variables` give the shapes of what is generated; their own values are
    never used. Its other variables (moving averages, random counters) become variables of the
    hypernetwork.

    Args:
        target: any built `keras.Model` of one input; takes `(1, ...)`, returns one tensor.
        generator: a layer or model, inputs to features `(batch, features)`.
        weight_activation: applied to the generated weights.
        weight_initializer: `"hyperfan_in"` or any Keras initializer of the last kernel.
        vectorize: apply the target to all examples at once with `keras.ops.vectorized_map`;
            `False` loops over them, for targets that a backend cannot vectorize (convolutions
            on PyTorch).
        seed: seed of `hyperfan_in`.

    Raises:
        UserError: `target` is not built, or has nothing to generate.

    Reference:
        [Ha, Dai and Le, 2016](https://arxiv.org/abs/1609.09106).
    """

    def __init__(
        self,
        target: keras.Model,
        generator: keras.layers.Layer,
        weight_activation: str | None = None,
        weight_initializer: str = "hyperfan_in",
        vectorize: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not target.built or not target.trainable_variables:
            raise UserError(
                f"Hypernetwork: the target {target.name!r} has no trainable variables yet; build "
                "it first, for example with target.build((None, 784))"
            )
        # In a namespace Keras does not see the target, so it does not train or save its weights.
        self.hidden = types.SimpleNamespace(target=target)
        self.generator = generator
        self.weight_activation = weight_activation
        self.weight_initializer = weight_initializer
        self.vectorize = vectorize
        self.seed = seed
        self.weight_generator = WeightGenerator(
            [v.shape for v in target.trainable_variables],
            weight_activation,
            weight_initializer,
            seed=seed,
        )
        self.target_state = TargetState(target)

    @property
    def target(self) -> keras.Model:
        """The network whose weights are generated."""
        return self.hidden.target

    def build(self, input_shape: Any) -> None:
        self.generator.build(input_shape)
        self.weight_generator.build(self.generator.compute_output_shape(input_shape))
        self.target_state.build()
        # A generated scale of a normalisation must begin at 1, not at 0.
        if self.weight_initializer == "hyperfan_in":
            self.weight_generator.bias.assign(
                ops.concatenate(
                    [
                        ops.reshape(v.value if len(v.shape) < 2 else ops.zeros(v.shape), (-1,))
                        for v in self.target.trainable_variables
                    ]
                )
            )

    def generate_weights(self, inputs: Any) -> list[Any]:
        """The weights for each input: tensors `(batch, *shape)`, as `target.trainable_variables`."""
        return self.weight_generator(self.generator(inputs))

    def call(self, inputs: Any, training: bool = False) -> Any:
        weights = self.generate_weights(inputs)
        batch_size = ops.shape(inputs)[0]
        states = self.target_state.for_each_example(batch_size)

        def apply_target(example):
            x, weights, state = example
            y, state = self.target.stateless_call(weights, state, x[None], training=training)
            return y[0], state

        examples = (inputs, weights, states)
        if self.vectorize:
            outputs, states_after = ops.vectorized_map(apply_target, examples)
        else:
            outputs, states_after = ops.map(apply_target, examples)
        if training:
            self.target_state.update(states, states_after)
        return outputs

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "target": keras.saving.serialize_keras_object(self.target),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "weight_activation": self.weight_activation,
            "weight_initializer": self.weight_initializer,
            "vectorize": self.vectorize,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Hypernetwork":
        parts = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("target", "generator")
        }
        return cls(**{**config, **parts})
