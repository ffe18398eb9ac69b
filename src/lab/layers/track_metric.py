"""What `add_metric` was: a metric of something that happens inside a model."""

from typing import Any

import keras

from lab.layers.metrics_in_call import allow_metrics_in_call


@keras.saving.register_keras_serializable(package="lab")
class TrackMetric(keras.layers.Layer):
    """Passes inputs on, and reports the average of a quantity as a metric of the model.

    It is a layer of a graph, `x = TrackMetric("spread")(x, ops.std(x, axis=-1))`, or part of
    another layer, which makes it in `__init__` and calls it in `call`. `fit`, `evaluate` and the
    custom loop show the metric and reset it as they do their own. In a loop written by hand it is
    in `model.metrics`, and `reset_metrics` resets it.

    Args:
        name: of the metric, and of the layer; two of one model need two names.
    """

    def __init__(self, name: str, **kwargs: Any):
        # Its sums stay in float32 and its inputs as they are, whatever the precision around it.
        super().__init__(name=name, autocast=False, **{**kwargs, "dtype": "float32"})
        allow_metrics_in_call()
        self.metric = keras.metrics.Mean(name=name)
        self.supports_masking = True

    def call(self, inputs: Any, quantity: Any = None, mask: Any = None) -> Any:
        """Counts `quantity`, a tensor of any shape, or the inputs that no mask leaves out."""
        if quantity is None:
            self.metric.update_state(inputs, sample_weight=mask)
        else:
            self.metric.update_state(quantity)
        return inputs

    def compute_output_spec(self, inputs: Any, quantity: Any = None, mask: Any = None) -> Any:
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def compute_output_shape(self, inputs_shape: Any, quantity_shape: Any = None) -> Any:
        return inputs_shape


def reset_metrics(layer: keras.layers.Layer) -> None:
    """Resets the metrics of a layer and of all layers within it; a model can do so by itself."""
    for metric in layer.metrics:
        metric.reset_state()
