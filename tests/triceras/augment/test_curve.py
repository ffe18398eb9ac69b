"""All augmentations in a run, as a person types them."""

import numpy as np
import pytest

from triceras.commands.evaluate import evaluate
from triceras.config import compose
from triceras.testing.runs import column, run

AUGMENT = "augment=[" + ",".join(
    f"{{_target_: triceras.augment.{name}, part: image{more}}}"
    for name, more in (
        ("RandomFlip", ""),
        ("RandomCrop", ", padding: 1"),
        ("RandomShift", ", pixels: 1, fill: reflect"),
        ("Cutout", ", size: 2"),
        ("GaussianNoise", ", stddev: 0.05"),
        ("MixUp", ""),
        ("CutMix", ""),
    )
) + "]"  # fmt: skip
OPTIONS = (
    *(AUGMENT, "experiment=linear", "epochs=null", "max_steps=20", "batch_size=16"),
    "model.loss._target_=keras.losses.CategoricalCrossentropy",
    "model.metrics=[{_target_: keras.metrics.CategoricalAccuracy, name: accuracy}]",
)
# The first and the last losses, whatever the backend.
LOSSES = (2.4200933, 2.2266037)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, backend):
    return run(tmp_path_factory.mktemp("runs"), backend, *OPTIONS)


@pytest.mark.in_turn
@pytest.mark.slow
def test_every_backend_takes_one_curve(trained):
    losses = column(trained)
    assert (losses[0], losses[-1]) == pytest.approx(LOSSES, rel=1e-5)


@pytest.mark.in_turn
@pytest.mark.slow
def test_fit_takes_the_same_curve(trained, tmp_path, backend):
    other = run(tmp_path, backend, *OPTIONS, "loop=fit")
    np.testing.assert_allclose(column(other), column(trained), rtol=1e-5)
    for name, value in other.summary["metrics"].items():
        assert value == pytest.approx(trained.summary["metrics"][name], rel=1e-5), name


@pytest.mark.in_turn
@pytest.mark.slow
def test_it_is_evaluated_without_them_on_targets_of_the_same_form(trained):
    found = evaluate(compose([f"run={trained.folder}", "checkpoint=last"], "evaluate"))
    assert found == {name: trained.summary["metrics"][name] for name in found}
    model, data = trained.objects["model"], trained.objects["data"]
    logits = np.asarray(data.test["image"] @ model.get_weights()[0] + model.get_weights()[1])
    hit = np.mean(logits.argmax(axis=-1) == data.test["label"])
    assert found["test_accuracy"] == pytest.approx(hit, abs=1e-6)
