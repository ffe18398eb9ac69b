"""Keras's attention on TensorFlow, with the products of matrices that `contractions` makes."""

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
    """
    if keras.backend.backend() == "tensorflow":
        functions: Any = backend.nn
        functions._dot_product_attention_xla = attended


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
