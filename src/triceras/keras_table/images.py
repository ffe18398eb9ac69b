"""Every layer of Keras that takes images to others, which it does with the data."""

from typing import Any

import keras
from keras import layers

from triceras.keras_table.case import Case, first, images


def on_images(name: str, *args: Any, **options: Any) -> Case:
    """A layer that sees images first."""
    return first(lambda: getattr(layers, name)(*args, **options), images)


IMAGE_LAYERS: dict[str, Case] = {
    "AugMix": on_images("AugMix"),
    "AutoContrast": on_images("AutoContrast"),
    "CenterCrop": on_images("CenterCrop", 5, 5),
    "ContrastLimitedAdaptiveHistogramEqualization": on_images(
        "ContrastLimitedAdaptiveHistogramEqualization", tile_grid_size=(2, 2)
    ),
    "CutMix": on_images("CutMix"),
    "Equalization": on_images("Equalization"),
    "MixUp": on_images("MixUp"),
    "Pipeline": first(
        lambda: layers.Pipeline([layers.RandomFlip(), layers.Rescaling(0.5)]), images
    ),
    "RandAugment": on_images("RandAugment"),
    "RandomBrightness": on_images("RandomBrightness", 0.3),
    "RandomColorDegeneration": on_images("RandomColorDegeneration", 0.5),
    "RandomColorJitter": on_images(
        "RandomColorJitter",
        brightness_factor=0.2,
        contrast_factor=0.2,
        saturation_factor=0.2,
        hue_factor=0.2,
    ),
    "RandomContrast": on_images("RandomContrast", 0.3),
    # It crops in training only, so what follows must take images of any size.
    "RandomCrop": first(
        lambda: keras.Sequential([layers.RandomCrop(5, 5), layers.GlobalAveragePooling2D()]),
        images,
    ),
    "RandomElasticTransform": on_images("RandomElasticTransform"),
    "RandomErasing": on_images("RandomErasing"),
    "RandomFlip": on_images("RandomFlip"),
    "RandomGaussianBlur": on_images("RandomGaussianBlur"),
    "RandomGrayscale": on_images("RandomGrayscale"),
    "RandomHue": on_images("RandomHue", 0.3),
    "RandomInvert": on_images("RandomInvert", 0.5),
    "RandomPerspective": on_images("RandomPerspective"),
    "RandomPosterization": on_images("RandomPosterization", 4),
    "RandomRotation": on_images("RandomRotation", 0.2),
    "RandomSaturation": on_images("RandomSaturation", 0.5),
    "RandomSharpness": on_images("RandomSharpness", 0.5),
    "RandomShear": on_images("RandomShear", 0.3, 0.3),
    "RandomTranslation": on_images("RandomTranslation", 0.3, 0.3),
    "RandomZoom": on_images("RandomZoom", 0.3),
    "Resizing": on_images("Resizing", 5, 5),
    "Solarization": on_images("Solarization", 0.3, 0.3),
}
