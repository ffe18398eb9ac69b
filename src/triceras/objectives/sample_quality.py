"""Whether generated images look like the data, as a small classifier sees them."""

import warnings

import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from triceras.data.dataset import Split
from triceras.figures.images import in_batches
from triceras.objectives.frechet_distance import frechet_distance
from triceras.random.keys import fold_in, key_of
from triceras.random.normal import normal_from_key

NOISE_STREAM = 1


def sample_quality(
    model: keras.Model,
    data: Split,
    train: Split,
    count: int,
    hidden_units: int,
    classifier_images: int,
    classifier_epochs: int,
    seed: int,
) -> dict[str, float]:
    """Compares generated images with the test set, in the eyes of a classifier of real images.

    The classifier, scikit-learn's, has one hidden layer and has seen training images only; noise
    and classifier come from `seed`, so that two models are judged alike on every backend. Each
    measure is given for as many real images too, which says what a perfect generator would get.

    Args:
        model: has `latent_dim` and `generate(noise) -> grey values`.
        data: the test set.
        train: the training set.
        count: images of each kind, at most; fewer where the test or the training set is smaller.
        hidden_units: width of the classifier's hidden layer, whose activations are the features.
        classifier_images: training images that the classifier learns from, at most.
        classifier_epochs: its passes over them.
        seed: of noise and classifier.

    Returns:
        `frechet_distance` of the features of generated and of test images (0 is best),
        `confidence`, the mean probability of the most likely class, and `class_entropy`, of the
        classes over all generated images, in nats (log 10 where all ten digits come equally
        often, less where some are missing); each with a `_real` beside it: for training images
        against test images, and for test images.

    Reference:
        - [Heusel et al., 2017](https://arxiv.org/abs/1706.08500), there with Inception's features.
        - [Salimans et al., 2016](https://arxiv.org/abs/1606.03498), section 4: sure of each image,
          unsure of all together.
    """
    count = min(count, len(data), len(train))
    z = normal_from_key(fold_in(key_of(seed), NOISE_STREAM), (count, model.latent_dim), np)
    generated = in_batches(model.generate, z).reshape(count, -1)
    real = data.x[:count].reshape(count, -1)
    # From the end: the classifier has seen the beginning.
    other = train.x[-count:].reshape(count, -1)
    learned = train.x[:classifier_images].reshape(-1, real.shape[1])
    classifier = MLPClassifier(hidden_units, max_iter=classifier_epochs, random_state=seed)
    # Sums over threads are in any order.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(learned, train.y[:classifier_images])
        features = [hidden(classifier, x) for x in (generated, other, real)]
        predictions = [classifier.predict_proba(x) for x in (generated, real)]
    return {
        "frechet_distance": frechet_distance(features[0], features[2]),
        "frechet_distance_real": frechet_distance(features[1], features[2]),
        "confidence": confidence(predictions[0]),
        "confidence_real": confidence(predictions[1]),
        "class_entropy": class_entropy(predictions[0]),
        "class_entropy_real": class_entropy(predictions[1]),
    }


def hidden(classifier: MLPClassifier, x: np.ndarray) -> np.ndarray:
    """The activations `(n, hidden_units)` of the hidden layer."""
    return np.maximum(x @ classifier.coefs_[0] + classifier.intercepts_[0], 0)


def confidence(probabilities: np.ndarray) -> float:
    """The mean over the rows of `(n, classes)` of the largest probability."""
    return float(np.mean(np.max(probabilities, axis=1)))


def class_entropy(probabilities: np.ndarray) -> float:
    """The entropy, in nats, of the mean of the rows of `(n, classes)`."""
    mean = np.mean(probabilities, axis=0)
    return float(-np.sum(mean * np.log(np.maximum(mean, np.finfo(mean.dtype).tiny))))
