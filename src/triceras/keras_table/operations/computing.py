"""Computes the value and the gradients of a case in a way of the backend of this process."""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from triceras.engines import ways
from triceras.errors import one_line
from triceras.keras_table.operations import expressions
from triceras.keras_table.operations.arrays import ARRAYS

SEED = 7


class Work(NamedTuple):
    """What is computed.

    Attributes:
        function: of tensors, to a tree of tensors.
        inputs: what it is given.
        places: of the inputs that it is differentiated by.
    """

    function: Callable[..., Any]
    inputs: list[np.ndarray]
    places: list[int]


def work(expression: str, module: ModuleType) -> Work:
    """An expression as a function of what it names, and of the weights that it has."""
    used = expressions.inputs_of(expression)
    parts = expressions.split(expression)
    thing = made(expression, module) if parts is None else made(parts[0], module)
    arrays = [ARRAYS[name] for name in used]
    if parts is None or not hasattr(thing, "variables"):

        def function(*tensors: Any) -> Any:
            return expressions.evaluated(expression, module, dict(zip(used, tensors, strict=True)))

        return Work(function, arrays, floats(arrays))

    def arguments(tensors: Sequence[Any]) -> Any:
        values = {**dict(zip(used, tensors, strict=True)), "arguments": lambda *a, **o: (a, o)}
        return expressions.evaluated(parts[1], module, values)

    of = of_a_metric if isinstance(thing, keras.metrics.Metric) else of_a_layer
    return of(thing, arguments, arrays)


def made(expression: str, module: ModuleType) -> Any:
    """A layer, a metric or a loss, or nothing where an expression is no class that is called."""
    if not expression[:1].isupper():
        return None
    return expressions.evaluated(expression, module, {})


def of_a_layer(layer: Any, arguments: Callable[..., Any], arrays: list[np.ndarray]) -> Work:
    """A layer as a function of its weights and inputs, to its outputs, losses and new state."""
    given, options = arguments([ops.convert_to_tensor(array) for array in arrays])
    layer(*given, **options)
    generator = np.random.default_rng(SEED)
    weights = [some(generator, v.shape) for v in layer.trainable_variables]
    state = [ops.convert_to_numpy(v) for v in layer.non_trainable_variables]
    first, second = len(weights), len(weights) + len(state)

    def function(*tensors: Any) -> Any:
        given, options = arguments(tensors[second:])
        outputs, after, losses = layer.stateless_call(
            tensors[:first], tensors[first:second], *given, return_losses=True, **options
        )
        return outputs, after, losses

    inputs = [*weights, *state, *arrays]
    by = [place for place in floats(inputs) if not first <= place < second]
    return Work(function, inputs, by)


def some(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Values of a weight."""
    return (0.5 * generator.normal(size=shape)).astype("float32")


def of_a_metric(metric: Any, arguments: Callable[..., Any], arrays: list[np.ndarray]) -> Work:
    """A metric as a function of what it is updated with twice, to its result."""
    given, options = arguments([ops.convert_to_tensor(array) for array in arrays])
    metric.update_state(*given, **options)
    metric.reset_state()
    state = [ops.convert_to_numpy(v) for v in metric.variables]

    def function(*tensors: Any) -> Any:
        given, options = arguments(tensors[len(state) :])
        if keras.backend.backend() == "tensorflow":
            # Its engine leaves the state in Keras's variables, as some metrics ask for.
            metric.reset_state()
            for _ in range(2):
                metric.update_state(*given, **options)
            return metric.result()
        variables = tensors[: len(state)]
        for _ in range(2):
            variables = metric.stateless_update_state(variables, *given, **options)
        return metric.stateless_result(variables)

    return Work(function, [*state, *arrays], [])


def floats(arrays: Sequence[np.ndarray]) -> list[int]:
    """The places of arrays of numbers with a fraction."""
    return [place for place, array in enumerate(arrays) if array.dtype.kind == "f"]


def computed(case: Work, way: str) -> dict[str, Any]:
    """The results and the gradients of a case, or what was raised."""
    keras.utils.set_random_seed(SEED)

    def function(*tensors: Any) -> Any:
        found = [ops.convert_to_tensor(one) for one in keras.tree.flatten(case.function(*tensors))]
        return weighted(found), found

    inputs = [ops.convert_to_tensor(array) for array in case.inputs]
    outcome: dict[str, Any] = {}
    # Of what has no gradient, the values are compared.
    for places in (case.places, [])[: 2 if case.places else 1]:
        try:
            results, gradients = ways()[way](function, places, inputs)
            return outcome | {"values": described(results), "gradients": described(gradients)}
        except Exception as error:
            outcome = {"error": f"{type(error).__name__}: {one_line(error)}"}
    return outcome


def weighted(outputs: Sequence[Any]) -> Any:
    """One number of all outputs, in which no two elements count the same."""
    generator = np.random.default_rng(SEED)
    total: Any = ops.zeros(())
    for one in outputs:
        kind = keras.backend.standardize_dtype(one.dtype)
        parts = [ops.real(one), ops.imag(one)] if "complex" in kind else [one]
        for part in parts if "float" in kind or "complex" in kind else []:
            by = generator.uniform(0.5, 1.5, tuple(part.shape)).astype("float32")
            total = total + ops.sum(ops.cast(part, "float32") * ops.convert_to_tensor(by))
    return total


def described(tensors: Sequence[Any]) -> list[dict[str, Any]]:
    """Tensors as JSON takes them."""
    arrays = [ops.convert_to_numpy(one) for one in tensors]
    return [{"type": one.dtype.name, "shape": one.shape, "numbers": plain(one)} for one in arrays]


def plain(array: np.ndarray) -> list[float]:
    """The numbers of an array, of complex ones both parts."""
    flat = array.reshape(-1)
    if flat.dtype.kind == "c":
        flat = flat.view("float32" if flat.dtype.itemsize == 8 else "float64")
    return flat.astype("float64").tolist()


def all_ways(expression: str, module: ModuleType, wanted: Sequence[str]) -> Mapping[str, Any]:
    """What a case comes to, by the way in which it is computed."""
    try:
        case = work(expression, module)
    except Exception as error:
        outcome = {"error": f"{type(error).__name__}: {one_line(error)}"}
        return dict.fromkeys(wanted, outcome)
    return {way: computed(case, way) for way in wanted}
