"""Whether a step of TensorFlow convolves: on a CPU it is several times slower in XLA then.

XLA hands a convolution to Eigen only where its dimensions are in one certain order. It brings those
of the gradient of a kernel into that order in the main computation of a program, and not in the
body of a loop.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from tensorflow.python.ops import gen_nn_ops

from triceras.patching import patched

# Each is called by this name, and by another one only where its arguments need it.
NAMES = tuple(
    name
    for name in vars(gen_nn_ops)
    if name.startswith(("conv", "depthwise_conv")) and not name.endswith("_fallback")
)


@contextlib.contextmanager
def noting_convolutions() -> Iterator[list[str]]:
    """Notes the operations by which anything is convolved meanwhile.

    Those of a function that TensorFlow has traced before are not seen.

    Yields:
        Their names, which come as they are called.
    """
    found: list[str] = []

    def noted(name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(operation)
        def call(*arguments: Any, **options: Any) -> Any:
            found.append(name)
            return operation(*arguments, **options)

        return call

    with contextlib.ExitStack() as stack:
        for name in NAMES:
            operation = noted(name, getattr(gen_nn_ops, name))
            stack.enter_context(patched(gen_nn_ops, name, operation))
        yield found


def convolves(program: Any) -> bool:
    """Whether a program convolves.

    Args:
        program: a `tf.types.experimental.ConcreteFunction`.
    """
    functions = program.graph.as_graph_def().library.function
    return any("Conv" in node.op for function in functions for node in function.node_def)
