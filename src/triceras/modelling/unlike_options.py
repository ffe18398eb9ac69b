"""Options of Keras's layers by which the frameworks compute different numbers."""

import logging

import keras

log = logging.getLogger(__name__)

# Found by comparing what the backends compute. What is random goes by `ops.image.affine_transform`.
UNLIKE = (
    ("RandomRotation", "interpolation", ("nearest",)),
    ("RandomTranslation", "interpolation", ("nearest",)),
    ("RandomZoom", "interpolation", ("nearest",)),
    ("RandomRotation", "fill_mode", ("wrap",)),
    ("RandomTranslation", "fill_mode", ("wrap",)),
    ("RandomZoom", "fill_mode", ("wrap",)),
)


def warn_of_options(model: keras.Model) -> None:
    """Says in one line which layers have another curve on each backend, and by what.

    Args:
        model: built.
    """
    for layer in model._flatten_layers():
        for kind, option, values in UNLIKE:
            value = getattr(layer, option, None)
            if type(layer) is getattr(keras.layers, kind, None) and value in values:
                log.warning(
                    f"the layer {layer.name} has {option}={value}, which TensorFlow, JAX and "
                    "PyTorch compute by different rules: a run is repeated on this backend, and "
                    "its curve is another one on the others"
                )
