import keras
import numpy as np

from lab.figures.mosaic import mosaic
from lab.figures.prior_samples import PriorSamples, prior_noise


def test_shows_decoded_noise_of_the_runs_seed(vae, subject_of):
    (axes,) = PriorSamples(rows=3, columns=4).draw(subject_of(vae)).axes
    images = keras.ops.convert_to_numpy(vae.decode(prior_noise(7, 12, 2)))
    shown = axes.images[0].get_array().filled(np.nan)
    np.testing.assert_allclose(shown, mosaic(images.reshape(3, 4, 8, 8)), atol=1e-6)
    assert axes.images[0].get_clim() == (0, 1)


def test_noise_is_standard_normal_and_the_same_on_every_backend():
    z = prior_noise(0, 2000, 5)
    assert z.dtype == "float32"
    assert abs(z.mean()) < 0.03
    assert abs(z.std() - 1) < 0.03
    np.testing.assert_allclose(z[0, :3], [0.81165034, -0.58984363, 0.03716847], rtol=1e-6)


def test_noise_depends_on_the_seed():
    assert not np.allclose(prior_noise(0, 4, 2), prior_noise(1, 4, 2))


def test_the_title_says_where_the_images_are_from(vae, subject_of):
    title, facts = PriorSamples(1, 1).draw(subject_of(vae)).texts
    assert "N(0, I)" in title.get_text()
    assert "2 latent coordinates" in facts.get_text()
