import types

import numpy as np
import pytest

from triceras.data import digits
from triceras.objectives.sample_quality import class_entropy, confidence, sample_quality


@pytest.fixture(scope="module")
def data():
    return digits.load(
        validation_size=200,
        test_size=300,
        split_seed=0,
        flatten=True,
        scale=True,
        binarize="none",
        limit=None,
    )


def quality(data, generate):
    model = types.SimpleNamespace(latent_dim=4, generate=generate)
    return sample_quality(
        model,
        data.test,
        data.train,
        count=200,
        hidden_units=16,
        classifier_images=900,
        classifier_epochs=80,
        seed=0,
    )


def test_real_images_are_as_good_as_real_images(data):
    chosen = iter(np.array_split(data.train.x[:1000], 1))
    found = quality(data, lambda z: next(chosen)[-len(z) :])
    for name in ("frechet_distance", "confidence", "class_entropy"):
        assert found[name] == pytest.approx(found[f"{name}_real"], rel=0.5)
    assert found["class_entropy_real"] == pytest.approx(np.log(10), rel=0.05)


def test_noise_is_further_away_than_real_images(data):
    found = quality(data, lambda z: np.random.default_rng(0).random((len(z), 64), "float32"))
    assert found["frechet_distance"] > 3 * found["frechet_distance_real"]
    assert found["confidence"] < found["confidence_real"]


def test_one_image_again_and_again_is_found_out(data):
    found = quality(data, lambda z: np.repeat(data.train.x[:1], len(z), axis=0))
    assert found["class_entropy"] < 0.8 * found["class_entropy_real"]


def test_it_is_the_same_each_time(data):
    def generate(z):
        return np.clip(np.tile(z, 16), 0, 1)

    assert quality(data, generate) == quality(data, generate)


def test_confidence_and_entropy():
    sure, unsure = np.eye(4), np.full((3, 4), 0.25)
    assert (confidence(sure), confidence(unsure)) == (1, 0.25)
    assert class_entropy(sure) == class_entropy(unsure) == pytest.approx(np.log(4))
    assert class_entropy(sure[:1]) == pytest.approx(0, abs=1e-12)
