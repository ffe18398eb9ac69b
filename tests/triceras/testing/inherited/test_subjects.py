import pytest

from triceras.testing.inherited.subjects import (
    Subject,
    experiment_with,
    model_of,
    subjects,
    trained,
)

pytestmark = pytest.mark.once


def test_all_models_of_the_project_are_found_and_nothing_of_the_package():
    names = [str(subject) for subject in subjects("model")]
    assert "model[linear]" in names
    assert "model[classifier]" in names
    assert subjects("backend") == []


def test_an_experiment_names_its_model(conf):
    assert model_of(Subject("experiment", "linear")) == "linear"
    conf("experiment/heir", "defaults:\n  - linear\n  - _self_")
    assert model_of(Subject("experiment", "heir")) == "linear"
    conf("experiment/absolute", "defaults:\n  - /experiment/autoencoder\n  - _self_")
    assert model_of(Subject("experiment", "absolute")) == "autoencoder"
    conf("experiment/silent", "epochs: 1")
    assert model_of(Subject("experiment", "silent")) == "classifier"


def test_a_model_that_no_experiment_trains_is_trained_by_itself(conf):
    conf("model/new", "defaults:\n  - linear\n  - _self_")
    found = [str(subject) for subject in trained()]
    assert "model[new]" in found
    assert "experiment[linear]" in found
    assert "model[linear]" not in found


def test_a_model_is_tested_in_an_experiment_that_trains_it(conf):
    assert experiment_with(Subject("model", "linear")) == "linear"
    conf("model/new", "targets: labels")
    assert experiment_with(Subject("model", "new")) is None
    conf("model/new", "targets: labels\ntests:\n  experiment: classifier")
    assert experiment_with(Subject("model", "new")) == "classifier"


def test_a_file_that_is_no_yaml_is_left_to_its_own_test(conf):
    conf("experiment/damaged", "defaults: [")
    assert "experiment[damaged]" in map(str, trained())
