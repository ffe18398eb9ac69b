"""What of Keras is mended, so that it computes the same on every backend, and begins sooner."""

from triceras.modelling import (
    adam,
    addition,
    attention,
    average_pooling,
    blurring,
    channels_last,
    contractions,
    elastic_transform,
    example_weights,
    images_in_place,
    interpolation,
    kinks,
    largest,
    masks_of_tensors,
    nadam,
    one_hot,
    output_losses,
    probabilities,
    resizing,
    running_products,
    schedule_free,
    segments,
    soft_labels,
    spectral_normalization,
    symmetric_padding,
    unit_length,
    weight_decay,
    zeros,
)

MENDS = (
    adam,
    addition,
    attention,
    average_pooling,
    blurring,
    channels_last,
    contractions,
    elastic_transform,
    example_weights,
    images_in_place,
    interpolation,
    kinks,
    largest,
    masks_of_tensors,
    nadam,
    one_hot,
    output_losses,
    probabilities,
    resizing,
    running_products,
    schedule_free,
    segments,
    soft_labels,
    spectral_normalization,
    symmetric_padding,
    unit_length,
    weight_decay,
    zeros,
)


def install() -> None:
    """Makes all mends, for all models of this process. Calling it again changes nothing."""
    for mend in MENDS:
        mend.install()
