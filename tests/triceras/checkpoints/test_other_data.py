"""Whether other data have the scale and the numbers that a run was trained on."""

import numpy as np
import pytest

from triceras.checkpoints.other_data import check_numbers, check_scale
from triceras.data import split_parts
from triceras.errors import UserError

pytestmark = pytest.mark.once

LOAD = {"_target_": "load"}
X = np.random.default_rng(0).normal(size=(40, 3))
LABELS = np.array(["benign", "malignant"] * 20)


def made(x=X, label=LABELS, **options):
    return split_parts("own", {"x": x, "label": label}, **options)


def test_data_without_a_scale_are_refused():
    kept = made(normalize=True).kept
    with pytest.raises(UserError, match=r"have no scale .* in the part 'x': let load take kept"):
        check_scale(made(), kept, LOAD)
    with pytest.raises(UserError, match="have another scale"):
        check_scale(made(2 * X, normalize=True), kept, LOAD)
    check_scale(made(2 * X, normalize=True, kept=kept), kept, LOAD)
    check_scale(made(), {}, LOAD)
    with pytest.raises(UserError, match=r"or type data\.normalize=false, where they are on that"):
        check_scale(made(), kept, LOAD | {"normalize": None})


def test_who_says_that_they_are_on_it_is_believed():
    kept = made(normalize=True).kept
    check_scale(made(), kept, LOAD, ["normalize"])
    with pytest.raises(UserError, match="have another scale"):
        check_scale(made(2 * X, normalize=True), kept, LOAD, ["normalize"])


@pytest.mark.parametrize("texts", [LABELS, np.array(["b", "m"] * 20)])
def test_texts_are_to_be_the_numbers_that_they_were(texts):
    numbers = made(label=np.arange(40) % 2)
    with pytest.raises(UserError, match=r"have texts \(.*\) in the part 'label', .* had numbers:"):
        check_numbers(made(label=texts), numbers.kept, {})
    with pytest.raises(UserError, match=r"have numbers in the part 'label', .* had texts \('"):
        check_numbers(numbers, made(label=texts).kept, {})
    check_numbers(numbers, {}, {})
    # Labels are nothing to who only predicts.
    check_numbers(made(label=texts), numbers.kept, {"targets": "label"}, compare=False)
    check_numbers(made(label=texts), made(label=texts).kept, {})


def test_other_texts_are_refused_and_those_that_nobody_looks_at_are_not():
    other = made(label=np.array(["a", "b"] * 20))
    with pytest.raises(UserError, match=r"have texts \('a', 'b'\) in .* had texts \('benign', 'm"):
        check_numbers(other, made().kept, {})
    beside = split_parts("own", {"x": X, "label": LABELS, "name": LABELS}, labels="label")
    check_numbers(beside, made().kept, {"inputs": "x", "targets": "label"})
    with pytest.raises(UserError, match=r"have texts \('benign', 'malignant'\) in the part 'name'"):
        check_numbers(beside, made().kept, {"inputs": ["x", "name"], "targets": "label"})
