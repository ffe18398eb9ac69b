"""Keras's attention, made to be quick on TensorFlow and to have its gradient on PyTorch."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.contractions import batched

SCORES: Any = batched("BTNH,BSNH->BNTS")
ATTENDED: Any = batched("BNTS,BSNH->BTNH")


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    `keras.ops.dot_product_attention`, by which `MultiHeadAttention` computes where nobody asks for
    its scores, is to the compiler two products of five axes: it lays keys and values out in two
    ways, one for their product and one for its gradient, a twentieth of the step of a transformer.
    PyTorch's own, on a CPU, has another gradient where a position sees none: see `seeing_some`.
    """
    functions: Any = backend.nn
    if keras.backend.backend() == "tensorflow":
        functions._dot_product_attention_xla = attended
    own = functions.dot_product_attention
    if keras.backend.backend() == "torch" and not hasattr(own, "__wrapped__"):
        functions.dot_product_attention = seeing_some(own)


def seeing_some(attention: Any) -> Any:
    """`dot_product_attention` by which a position that sees none takes the mean of all values.

    So it does in each framework, and as scores play no part in it, they have no gradient. PyTorch
    adds a large negative number to them; its kernel then takes the logarithm of their sum for that
    number, and gives gradients that are as many times too large as there are positions. Here such a
    position asks for nothing and sees all, which is the same mean.
    """

    @functools.wraps(attention)
    def with_mask(
        query: Any,
        key: Any,
        value: Any,
        bias: Any = None,
        mask: Any = None,
        scale: Any = None,
        is_causal: bool = False,
        **options: Any,
    ) -> Any:
        if mask is not None:
            query, mask = ops.convert_to_tensor(query), ops.cast(mask, "bool")
            if is_causal:
                shape = (query.shape[1], ops.shape(key)[1])
                mask = ops.logical_and(mask, ops.tril(ops.ones(shape, "bool")))
            sees = ops.any(mask, axis=-1, keepdims=True)
            mask, is_causal = ops.logical_or(mask, ops.logical_not(sees)), False
            while len(sees.shape) < 4:
                sees = ops.expand_dims(sees, 0)
            query = query * ops.cast(ops.transpose(sees, (0, 2, 1, 3)), query.dtype)
        return attention(query, key, value, bias, mask, scale, is_causal, **options)

    return with_mask


def attended(
    query: Any, key: Any, value: Any, bias: Any, mask: Any, is_causal: bool, scale: Any
) -> Any:
    """What each position takes of the values; see `keras.ops.dot_product_attention`.

    Args:
        query: `(batch, positions, heads, width)`.
        key: `(batch, positions seen, heads, width)`.
        value: as `key`.
        bias: added to the scores `(batch, heads, positions, positions seen)`, or `None`.
        mask: which positions are seen, of the same shape, or `None`.
        is_causal: whether a position sees none after it.
        scale: of the scores.

    Returns:
        An array of the shape of `query`.

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762), section 3.2.1.
    """
    functions: Any = backend.nn
    precise = backend.result_type(query.dtype, "float32")
    scores = ops.cast(SCORES(query, key), precise)
    scores = scores * ops.cast(scale, precise)
    if bias is not None:
        scores = scores + ops.cast(bias, precise)
    scores = functions._apply_masks(scores, mask, is_causal)
    # Keras's own warns where there is one position to be seen.
    shares = functions.tf.nn.softmax(scores)
    return ATTENDED(ops.cast(shares, key.dtype), value)
