import logging

import keras
import numpy as np
import pytest

from triceras.errors import UserError
from triceras.testing.backbone import build_backbone, build_classifier, values
from triceras.weights.files import READERS
from triceras.weights.start import give_weights, identity, source_of

pytestmark = pytest.mark.once


def start(config, **options):
    """The weights of a new model before and after it was given others."""
    model = build_classifier(**options)
    before = values(model)
    give_weights(model, str(config) if not isinstance(config, dict) else config)
    return before, values(model)


@pytest.mark.parametrize("kind", READERS)
def test_all_weights_of_a_model_are_taken(saved, kind):
    before, after = start(saved(kind))
    expected = values(build_classifier(seed=7))
    for path, value in after.items():
        np.testing.assert_array_equal(value, expected[path], err_msg=path)
    assert np.abs(before["head/kernel"] - after["head/kernel"]).max() > 0.1


@pytest.mark.parametrize("kind", READERS)
def test_a_backbone_is_found_within_a_model_and_the_rest_stays(saved, kind, caplog):
    with caplog.at_level(logging.INFO, "triceras"):
        before, after = start(saved(kind, build_classifier(seed=7).get_layer("backbone")))
    expected = values(build_classifier(seed=7))
    for path, value in after.items():
        kept = path.startswith("head")
        np.testing.assert_array_equal(value, (before if kept else expected)[path], err_msg=path)
    (record,) = caplog.records
    assert record.getMessage().endswith("8 of 10 weights taken; as initialised: head")


@pytest.mark.parametrize("kind", READERS)
def test_a_layer_normalizes_with_the_statistics_that_it_is_given(saved, kind):
    def make():
        layers = [keras.layers.Normalization(name="scale"), keras.layers.Dense(2, name="head")]
        return keras.Sequential([keras.Input((3,)), *layers])

    x = np.random.default_rng(0).normal(5.0, 2.0, (40, 3))
    model, other = make(), make()
    model.layers[0].adapt(x)
    give_weights(other, str(saved(kind, model)))
    expected = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(other(x)), expected)


def test_layers_that_are_named_are_taken_and_no_others(saved, capsys):
    path = str(saved(".keras"))
    before, after = start({"path": path, "layers": ["fir*", "head"]})
    changed = {name for name, value in after.items() if (value != before[name]).any()}
    assert changed == {"backbone/first/kernel", "head/kernel"}
    assert "4 of 10 weights taken; as initialised: backbone/norm, backbone/second; not used:" in (
        capsys.readouterr().out
    )


def with_lora(rank):
    layers = [
        keras.layers.Dense(4, name="first", lora_rank=rank),
        keras.layers.Dense(2, name="head"),
    ]
    return keras.Sequential([keras.Input((3,)), *layers])


def test_lora_begins_on_what_was_trained_without_it(saved, capsys):
    trained, model = with_lora(None), with_lora(2)
    give_weights(model, str(saved(".npz", trained)))
    for name in ("first", "head"):
        kernels = (one.get_layer(name)._kernel for one in (trained, model))
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, kernels))
    said = capsys.readouterr().out
    assert "4 of 6 weights taken; as initialised: first/lora_kernel_a, first/lora_kernel_b" in said


def test_a_kernel_is_not_taken_without_its_lora(saved):
    path = str(saved(".npz", with_lora(2)))
    said = r"has first/lora_kernel_a, without which first/kernel is what .* give the \.keras file"
    with pytest.raises(UserError, match=said):
        give_weights(with_lora(None), path)
    give_weights(with_lora(2), path)


def test_another_number_of_classes_needs_the_layers_named(saved):
    path = saved(".npz")
    message = (
        r"saved\.npz: head/kernel has the shape \(4, 3\), and head/kernel wants \(4, 5\): name in "
        r"model\.weights\.layers those that fit"
    )
    with pytest.raises(UserError, match=message):
        start(path, classes=5)
    _, after = start({"path": str(path), "layers": ["backbone"]}, classes=5)
    expected = values(build_classifier(seed=7))
    np.testing.assert_array_equal(after["backbone/first/kernel"], expected["backbone/first/kernel"])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"hed/kernel": (4, 3)}, "has nothing for this model, .*: hed/kernel is the nearest"),
        ({"zzzz": (1,)}, "has nothing for this model, .*: it has zzzz"),
        ({"head/kernel": (4, 3)}, "has head/kernel and no bias of the same layer: call it head/"),
        ({"head/kernel": (4, 3), "head/bias": "int8"}, "head/bias is int8, and head/bias is float"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(tmp_path, arrays, message):
    path = tmp_path / "arrays.npz"
    made = {
        name: np.ones(3, shape) if isinstance(shape, str) else np.ones(shape, "float32")
        for name, shape in arrays.items()
    }
    np.savez(path, **made)
    model = build_classifier()
    before = values(model)
    with pytest.raises(UserError, match=message):
        give_weights(model, str(path))
    for name, value in values(model).items():
        np.testing.assert_array_equal(value, before[name])


def test_a_layer_of_which_the_file_has_nothing_is_said(saved):
    path = saved(".keras", build_backbone())
    with pytest.raises(UserError, match="has nothing for head, whose weights are head/kernel, he"):
        start({"path": str(path), "layers": ["backbone", "head"]})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (3, r"model\.weights=3 names no file"),
        ({"layers": ["a"]}, "names no file: give a path, or path and layers"),
        ({"path": "a", "layer": ["a"]}, r"model\.weights\.layer has no effect"),
        ({"path": "a", "layers": 3}, r"model\.weights\.layers=3 names no layers"),
    ],
)
def test_what_names_no_file_is_refused(config, message):
    with pytest.raises(UserError, match=message):
        source_of(config)


def test_a_run_remembers_which_bytes_it_began_with(saved):
    path = saved(".npz")
    found = identity(str(path))
    assert found
    assert found["path"] == found["file"] == str(path)
    assert len(found["sha256"]) == 64
    path.write_bytes(path.read_bytes() + b" ")
    again = identity(str(path))
    assert again
    assert again["sha256"] != found["sha256"]
    assert identity(None) is None
