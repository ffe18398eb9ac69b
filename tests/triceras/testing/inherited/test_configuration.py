import pytest

from triceras.errors import UserError
from triceras.testing.inherited.configuration import (
    UntestableError,
    configuration,
    in_loop,
    parity_steps,
    tolerance,
    with_checkpoint_half_way,
)
from triceras.testing.inherited.subjects import Subject

pytestmark = pytest.mark.once


def configured(kind, name):
    return configuration(Subject(kind, name), "jax")


def test_an_experiment_is_tested_as_it_is_on_a_little_of_its_data():
    config, deviations = configured("experiment", "linear")
    assert deviations.values == {}
    assert config.optimizer.learning_rate == 0.1
    assert (config.max_steps, config.epochs) == (100, None)
    assert config.data.rows == 20 * config.batch_size
    assert config.data.source._target_ == "triceras.testing.small.data.load"
    assert tolerance(config, deviations, "loss") == 1e-5


@pytest.mark.slow
def test_a_model_may_name_data_and_say_what_makes_it_small(conf):
    conf("data/other", "defaults: [digits, _self_]\nlimit: 50")
    conf(
        "model/new",
        """
        defaults: [linear, _self_]
        tests:
          experiment: linear
          data: other
          overrides: [batch_size=16]
          steps: 7
          tolerance: 1e-3
          why: it is slow
        """,
    )
    config, deviations = configured("model", "new")
    assert config.model.network._target_.endswith("build_linear")
    assert config.batch_size == 16
    assert config.max_steps == 7
    assert config.data.source.limit == 50
    assert config.data.rows == 320
    assert tolerance(config, deviations, "loops") == 1e-3


def test_what_parity_is_told_counts_too(conf):
    conf(
        "experiment/chaotic",
        """
        # @package _global_
        defaults: [linear, _self_]
        steps: 30
        tolerance: {loss: 1e-2}
        """,
    )
    config, deviations = configured("experiment", "chaotic")
    assert config.max_steps == 100
    assert parity_steps(config) == 30
    assert tolerance(config, deviations, "loss") == 1e-2
    assert tolerance(config, deviations, "loops") == 1e-5


@pytest.mark.slow
def test_data_in_a_file_needs_a_variable(conf, monkeypatch):
    conf("data/filed", "defaults: [digits, _self_]\npath: null\ntests:\n  file: OWN_FILE")
    conf("model/new", "defaults: [linear, _self_]\ntests:\n  data: filed")
    monkeypatch.delenv("OWN_FILE", raising=False)
    with pytest.raises(UntestableError, match=r"model\[new\] is in a file, which OWN_FILE does"):
        configured("model", "new")
    monkeypatch.setenv("OWN_FILE", "/there.npz")
    config, _ = configured("model", "new")
    assert config.data.source.path == "/there.npz"


@pytest.mark.slow
def test_data_without_a_value_for_something_cannot_be_tested(conf):
    conf("model/new", "defaults: [linear, _self_]\ntests:\n  data: images")
    with pytest.raises(
        UntestableError, match=r"the data of model\[new\] has no value for data\.path"
    ):
        configured("model", "new")


def test_a_deviation_without_a_reason_is_refused(conf):
    conf("experiment/new", "# @package _global_\ndefaults: [linear, _self_]\ntests: {steps: 3}")
    with pytest.raises(UserError, match=r"^conf/experiment/new\.yaml: tests\.steps=3 says not why"):
        configured("experiment", "new")


def test_only_the_run_that_goes_on_has_checkpoints(conf):
    path = conf("experiment/new", "# @package _global_\ndefaults: [linear, _self_]\n")
    path.write_text(path.read_text() + "callback:\n  own: {_target_: keras.callbacks.Callback}\n")
    config, _ = configured("experiment", "new")
    assert set(in_loop(config, "fit").callback) == {"own"}
    resumable = with_checkpoint_half_way(config, "there")
    assert set(resumable.callback) == {"own", "checkpoints"}
    assert resumable.callback.checkpoints.every_steps == resumable.loop.steps_per_call == 50
    assert "checkpoints" in config.callback
