import numpy as np
import pytest

from triceras.benchmark.keras_side import Fit, GuideStyle, Ours, Subject, all_steps
from triceras.errors import UserError


def test_steps_are_those_of_the_run_and_go_on_over_epochs(configure):
    steps = all_steps(configure("experiment=autoencoder", "benchmark.prepared_steps=7"), size=40)
    assert steps.indices.shape == (7, 8)
    assert steps.keys.shape == (7, 2)
    # Five steps are an epoch.
    assert sorted(steps.indices[:5].ravel()) == list(range(40))


@pytest.mark.in_turn
@pytest.mark.slow
def test_all_train_the_same_model_on_the_same_batches(configure):
    config = configure("experiment=autoencoder")
    ours = Ours(Subject(config, "portable"), steps_per_call=2, planned_steps=0)(0, 5)
    assert ours.shape == (5,)

    guide = GuideStyle(Subject(config, "portable"))
    guide.prepare(0, 5)
    np.testing.assert_allclose(guide(0, 5), ours, rtol=1e-5)

    fit = Fit(Subject(config, "portable"))
    fit.prepare(0, 5)
    assert fit(0, 5) == pytest.approx([ours.mean()], rel=1e-5)
    assert fit.seconds > 0


def test_after_the_last_prepared_step_comes_the_first(configure):
    subject = Subject(configure("experiment=autoencoder"), "portable")
    chunk = subject.chunk(4, 8)
    np.testing.assert_array_equal(chunk.indices, subject.steps.indices[[4, 5, 0, 1]])


def test_native_noise_begins_with_the_same_weights(configure):
    config = configure("experiment=autoencoder")
    portable, native = (Subject(config, random).model for random in ("portable", "native"))
    for ours, theirs in zip(portable.weights, native.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_steps_of_several_shapes_are_not_compared(configure):
    source = "data.source=triceras.testing.small.sentences.Sentences"
    options = ["data=python", source, "data.pad={words: [3,12], even: 12}", "data.workers=0"]
    with pytest.raises(UserError, match="give one length of each part"):
        Subject(configure("experiment=linear", *options), "portable")
