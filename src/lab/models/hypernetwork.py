"""A network whose weights are generated, for each example, by another network."""

import inspect
import logging
import types
from typing import Any

import keras
import numpy as np
from keras import ops

from lab.layers.hyperfan import HyperfanIn
from lab.layers.weight_generator import WeightGenerator
from lab.models.shared_state import warn_of_shared_state
from lab.models.target_state import TargetState
from triceras.errors import UserError

log = logging.getLogger(__name__)


@keras.saving.register_keras_serializable(package="lab")
class Hypernetwork(keras.Model):
    """Generates the weights of `target` from each input and applies `target` to that input.

    The target's `trainable_variables` give the shapes of what is generated; their own values are
    never used, but for vectors under `"hyperfan_in"`, which begin as the target's. Its other
    variables (moving averages, random counters) become variables of the hypernetwork. Each example
    is a batch of its own: `BatchNormalization` normalises over the pixels of one image, and a layer
    whose memory that makes another one is named in a warning.

    Args:
        target: any built `keras.Model` of one input and one output.
        generator: a layer or model, inputs to features `(batch, features)`.
        weight_activation: applied to the generated weights.
        weight_initializer: `"hyperfan_in"` or any Keras initializer of the last kernel.
        gain: of `"hyperfan_in"`, see `HyperfanIn`: 2 for a target with ReLU, 1 for a linear or
            tanh one.
        vectorize: apply the target to all examples at once, where that pays. `False` loops over
            the examples, and so does what finds that a backend cannot.
        seed: seed of `"hyperfan_in"`.

    Raises:
        UserError: `target` is not built, or has nothing to generate.

    Reference:
        [Ha, Dai and Le, 2016](https://arxiv.org/abs/1609.09106).
    """

    def __init__(
        self,
        target: keras.Model,
        generator: keras.layers.Layer,
        weight_activation: Any = None,
        weight_initializer: Any = "hyperfan_in",
        vectorize: bool = True,
        gain: float = 2.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not target.built or not target.trainable_variables:
            raise UserError(
                f"Hypernetwork: the target {target.name!r} has no trainable variables yet; build "
                "it first, for example with target.build((None, 784))"
            )
        # In a namespace Keras does not see the target, so it does not train its weights.
        self.hidden = types.SimpleNamespace(target=target)
        self.target_options = set(inspect.signature(target.call).parameters) & {"training"}
        self.generator = generator
        self.starts_from_target = weight_initializer == "hyperfan_in"
        self.vectorize = vectorize
        # TensorFlow's vectorized program is compiled anew in each call, and is no faster.
        self.loops = not vectorize or keras.backend.backend() == "tensorflow"
        self.seed = seed
        shapes = [v.shape for v in target.trainable_variables]
        self.still = [i for i, v in enumerate(target.trainable_variables) if begins_alike(v)]
        if self.starts_from_target:
            weight_initializer = HyperfanIn(shapes, gain, seed, self.still)
        self.weight_generator = WeightGenerator(
            shapes,
            weight_activation,
            weight_initializer,
            gain,
            seed=seed,
            dtype=self.dtype_policy,
        )
        self.target_state = TargetState(target)
        warn_of_shared_state(target)

    @property
    def target(self) -> keras.Model:
        """The network whose weights are generated."""
        return self.hidden.target

    def build(self, input_shape: Any) -> None:
        if not self.generator.built:
            self.generator.build(input_shape)
        self.weight_generator.build(self.generator.compute_output_shape(input_shape))
        self.target_state.build()
        # A generated scale of a normalisation must begin at 1, not at 0.
        if self.starts_from_target:
            self.weight_generator.bias.assign(
                ops.concatenate(
                    [
                        ops.reshape(v.value if i in self.still else ops.zeros(v.shape), (-1,))
                        for i, v in enumerate(self.target.trainable_variables)
                    ]
                )
            )

    def generate_weights(self, inputs: Any, training: bool = False) -> tuple[Any, ...]:
        """The weights for each input: tensors `(batch, *shape)`, as the target's are ordered."""
        return self.weight_generator(self.generator(inputs, training=training))

    def call(self, inputs: Any, training: bool = False) -> Any:
        weights = self.generate_weights(inputs, training)
        states = self.target_state.for_each_example(ops.shape(inputs)[0])
        options = {name: training for name in self.target_options}

        def apply_target(example):
            x, weights, state = example
            y, state, losses = self.target.stateless_call(
                weights, state, x[None], return_losses=True, **options
            )
            return y[0], state, losses

        outputs, states_after, losses = self.map(apply_target, (inputs, weights, states))
        for loss in losses:
            self.add_loss(ops.mean(loss))
        if training:
            self.target_state.update(states, states_after)
        return outputs

    def map(self, function: Any, examples: Any) -> Any:
        """Applies a function to each example, to all at once where that is possible."""
        if not self.loops:
            try:
                return ops.vectorized_map(function, examples)
            except Exception as error:
                # Backends raise anything here. A fault of the target itself comes up again below.
                log.warning(
                    "the hypernetwork loops over examples, slower, as %s cannot vectorize %r: %s",
                    keras.backend.backend(),
                    self.target.name,
                    " ".join(str(error).split())[:200],
                )
                self.loops = True
        return ops.map(function, examples)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.target.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        generated = self.weight_generator.get_config()
        initializer = generated["kernel_initializer"]
        return {
            **super().get_config(),
            "target": keras.saving.serialize_keras_object(self.target),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "weight_activation": generated["activation"],
            "weight_initializer": "hyperfan_in" if self.starts_from_target else initializer,
            "vectorize": self.vectorize,
            "gain": self.weight_generator.gain,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Hypernetwork":
        parts = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("target", "generator")
        }
        return cls(**{**config, **parts})


def begins_alike(variable: keras.Variable) -> bool:
    """Whether a variable is a scale or a shift, which begins with one number for all features."""
    if len(variable.shape) < 2:
        return True
    value = ops.convert_to_numpy(variable.value)
    same = value.size > 1 and bool(np.ptp(value) == 0)
    return same and (bool(value.flat[0] != 0) or variable.name in ("bias", "beta"))
