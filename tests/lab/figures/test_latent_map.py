import dataclasses

import keras
import numpy as np
import pytest
from matplotlib.colors import to_hex

from lab.figures.latent_map import LatentMap, embed
from lab.models.vae import VariationalAutoencoder
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError
from triceras.figures.style import class_colour


def vae_of(latent_dim):
    keras.utils.set_random_seed(0)
    model = VariationalAutoencoder(latent_dim, (16,), "tanh", None)
    model.build((None, 64))
    return model


def points_of(axes):
    return [np.asarray(points.get_offsets()) for points in axes.collections]


@pytest.mark.slow
def test_two_coordinates_are_shown_as_they_are(vae, subject_of, data):
    (axes,) = LatentMap(images=150).draw(subject_of(vae)).axes
    means = keras.ops.convert_to_numpy(vae.encode(data.test["image"][:150])[0])
    for label, points in enumerate(points_of(axes)):
        np.testing.assert_allclose(points, means[data.test["label"][:150] == label], atol=1e-6)
    assert "$z_1$" in axes.get_xlabel()
    assert "$z_2$" in axes.get_ylabel()


@pytest.mark.slow
def test_classes_have_their_colours_and_a_legend(vae, subject_of):
    (axes,) = LatentMap().draw(subject_of(vae)).axes
    drawn = [to_hex(points.get_facecolor()[0]) for points in axes.collections]
    assert drawn == [class_colour(label) for label in range(10)]
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == list("0123456789")
    assert [to_hex(patch.get_facecolor()) for patch in legend.get_patches()] == drawn


def test_data_without_classes_are_points(vae, subject_of, data):
    def unlabelled(split):
        return Split({"image": split["image"]})

    images = dataclasses.replace(data, test=unlabelled(data.test), train=unlabelled(data.train))
    batch = BatchPreparation("image", "image")
    subject = dataclasses.replace(subject_of(vae), data=images, batch=batch)
    (axes,) = LatentMap().draw(subject).axes
    assert [len(points) for points in points_of(axes)] == [200]
    assert axes.get_legend() is None


@pytest.mark.slow_on("tensorflow")
def test_a_legend_has_the_names_of_classes(vae, subject_of, data):
    named = dataclasses.replace(data, declares={"class_names": [*"abcdefghij"]})
    (axes,) = LatentMap().draw(dataclasses.replace(subject_of(vae), data=named)).axes
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[:2] == ["0 a", "1 b"]


@pytest.mark.slow
def test_more_coordinates_are_embedded(subject_of, data):
    model = vae_of(5)
    figure = LatentMap(images=60).draw(subject_of(model))
    (axes,) = figure.axes
    means = keras.ops.convert_to_numpy(model.encode(data.test["image"][:60])[0])
    expected = embed(means)
    labels = data.test["label"][:60]
    for label, points in zip(np.unique(labels), points_of(axes), strict=True):
        np.testing.assert_allclose(points, expected[labels == label], atol=1e-4)
    assert "60 test images, embedded by t-SNE" in figure.texts[0].get_text()
    assert "5 latent coordinates" in figure.texts[1].get_text()
    assert "t-SNE" in axes.get_xlabel()


@pytest.mark.slow
def test_embed_separates_clusters_and_repeats_itself():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(-5, 1, (30, 4)), rng.normal(5, 1, (30, 4))])
    first, second = embed(points), embed(points)
    np.testing.assert_array_equal(first, second)
    distances = np.linalg.norm(first[:, None] - first[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argmin(distances, axis=1)
    assert np.all((nearest < 30) == (np.arange(60) < 30))


@pytest.mark.parametrize(
    "means",
    [np.full((40, 3), 3.7), np.eye(40, 3) * 1e19, np.eye(40, 3) * 1e-30, np.full((9, 3), np.nan)],
)
def test_a_latent_space_that_has_collapsed_or_diverged_cannot_be_embedded(means):
    # scikit-learn would end the process by a segmentation fault.
    with pytest.raises(
        UserError, match="differ between images, by finite numbers: these differ by"
    ):
        embed(means.astype("float32"))


def test_one_coordinate_is_no_map(subject_of):
    with pytest.raises(UserError, match="at least 2 latent coordinates"):
        LatentMap().draw(subject_of(vae_of(1)))
