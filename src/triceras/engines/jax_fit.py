"""`Model.train_step` for `fit` on JAX."""

from typing import Any

import jax
import keras

from triceras.engines.contract import Logs
from triceras.engines.jax_masks import beside_masks, holding_optimizer, masked, seen_by_metrics
from triceras.engines.objective import batch_size_of, update_loss_metric


def train_step(model: keras.Model, state: Any, data: Any) -> tuple[Logs, Any]:
    """`Model.train_step` for `fit` on JAX, to be changed by who needs another step.

    Reference:
        [Customizing what happens in `fit()` with JAX](
        https://keras.io/guides/custom_train_step_in_jax/)
    """
    trainable, non_trainable, optimizer, metrics = state
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    compute_loss: Any = beside_masks(model.compute_loss_and_updates)
    compute_gradients = jax.value_and_grad(compute_loss, has_aux=True)
    # The loss, too, may read what the optimizer has, as the number of the step.
    with holding_optimizer(model, state):
        (_, (loss, outputs, non_trainable, metrics)), gradients = compute_gradients(
            trainable,
            non_trainable,
            metrics,
            x,
            y,
            sample_weight,
            training=True,
            optimizer_variables=optimizer,
        )
        # A metric may read what is trained, which is as it was when the outputs were computed.
        mapping = list(zip(model.metrics_variables, metrics, strict=True))
        mapping += seen_by_metrics(model, trainable, outputs)
        with keras.StatelessScope(state_mapping=mapping) as scope:
            update_loss_metric(model, loss, batch_size_of(x))
            logs = model.compute_metrics(x, y, masked(outputs), sample_weight=sample_weight)
    metrics = [scope.get_current_value(v) for v in model.metrics_variables]
    trainable, optimizer = model.optimizer.stateless_apply(optimizer, gradients, trainable)
    return logs, (trainable, non_trainable, optimizer, metrics)
