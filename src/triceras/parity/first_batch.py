"""What a fresh model makes of its first batch, step by step of the computation."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from triceras.data.batch import Batch, BatchPreparation
from triceras.data.tree import named_leaves
from triceras.engines import engine_class
from triceras.engines.arrays import tensors
from triceras.engines.objective import objectives_of
from triceras.engines.state import keep, other_variables, restore, state_variables
from triceras.parity.evidence import Tensors
from triceras.parity.layer_outputs import recording_layers, to_array


class FirstBatch:
    """Looks at a model, operation by operation, and leaves its state as it is.

    Args:
        model: built and compiled.
        batch: how rows become what the model is given.
        parts: rows of the training data.
        key: int32 array `(2,)`, the key of the batch.
    """

    def __init__(
        self,
        model: keras.Model,
        batch: BatchPreparation,
        parts: Mapping[str, np.ndarray],
        key: np.ndarray,
    ):
        self.model = model
        self.batch = batch
        self.rows = (parts, key)
        self.objectives = objectives_of(model)

    def prepared(self) -> Batch:
        return self.batch.for_training(*tensors(self.rows))

    def tensors(self) -> Tensors:
        """Inputs, targets and weights of examples, as the model is given them."""
        trees = self.prepared()._asdict().items()
        leaves = [leaf for name, tree in trees for leaf in named_leaves(name, tree)]
        return {name: to_array(leaf) for name, leaf in leaves if leaf is not None}

    def weights(self) -> Tensors:
        """All variables of the model: weights, moving averages, random counters."""
        metrics = {id(v) for v in self.model.metrics_variables}
        variables = [
            v for v in state_variables(self.model, self.objectives) if id(v) not in metrics
        ]
        return named((v.path, to_array(v.value)) for v in variables)

    def forward(self) -> tuple[Tensors, list[str], Tensors]:
        """The forward pass of each objective, each from the present state.

        Returns:
            The outputs of all layers, the names of those that cannot be seen, and the losses.
        """
        batch = self.prepared()
        seen: Tensors = {}
        unseen: list[str] = []
        losses: Tensors = {}
        kept = keep(other_variables(self.model, self.objectives))
        for objective in self.objectives:
            with recording_layers() as outputs:
                loss = objective.loss(batch, True)
            losses[objective.name] = to_array(loss)
            before = f"{objective.name}: " if len(self.objectives) > 1 else ""
            seen |= {before + name: array for name, array in outputs.seen.items()}
            unseen += [before + name for name in outputs.unseen]
            restore(kept)
        self.model.reset_metrics()
        return seen, unseen, losses

    def gradients(self) -> Tensors:
        """The gradient of each objective's loss by each of its variables."""
        engine = engine_class()(self.model, self.batch, compile=False)
        engine.try_first_batch(self.rows[0])
        engine.load_state()
        found = engine.gradients(*self.rows)
        several = len(self.objectives) > 1
        return named(
            (f"{objective.name}: {variable.path}" if several else variable.path, gradient)
            for objective in self.objectives
            for variable, gradient in zip(objective.variables, found[objective.name], strict=True)
        )


def named(pairs: Any) -> Tensors:
    """A dictionary of pairs; a name that is there already gets a number."""
    found: Tensors = {}
    for name, array in pairs:
        count = sum(key == name or key.startswith(f"{name} #") for key in found)
        found[f"{name} #{count + 1}" if count else name] = array
    return found
