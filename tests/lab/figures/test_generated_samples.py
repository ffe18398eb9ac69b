import numpy as np
import pytest

from lab.figures.generated_samples import GeneratedSamples
from lab.figures.images import in_batches
from lab.figures.mosaic import mosaic
from lab.figures.prior_samples import prior_noise
from lab.models.dcgan import build_dcgan


@pytest.mark.slow_on("jax", "tensorflow")
def test_shows_what_fixed_noise_gives(subject_of):
    model = build_dcgan((64,), (8, 8, 1), latent_dim=3, filters=2)
    subject = subject_of(model)
    figures = [GeneratedSamples(rows=2, columns=3).draw(subject) for _ in range(2)]
    shown = [figure.axes[0].images[0].get_array().filled(np.nan) for figure in figures]
    np.testing.assert_array_equal(*shown)
    images = in_batches(model.generate, prior_noise(subject.seed, 6, 3)).reshape(2, 3, 8, 8)
    np.testing.assert_allclose(shown[0], mosaic(images), atol=1e-6)
