import pytest

from triceras.engines import engine_class
from triceras.errors import UserError
from triceras.loops import custom
from triceras.testing.inherited.subjects import Subject
from triceras.testing.inherited.training import Training

# What they test with is tested on all backends by the lab's tests.
pytestmark = pytest.mark.once

CALLBACK = """
    EPOCHS = []

    class Forgetful(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            EPOCHS.append(epoch)
            self.model.optimizer.learning_rate = 0.1 / len(EPOCHS)
    """


@pytest.fixture(scope="module")
def linear(backend, tmp_path_factory):
    return Training(Subject("experiment", "linear"), backend, tmp_path_factory.mktemp("linear"))


@pytest.fixture
def training(conf, backend, tmp_path):
    """A function that writes an experiment and begins its tests."""

    def training(*lines):
        conf("experiment/new", "\n".join(("# @package _global_", "defaults: [linear, _self_]")))
        path = conf("experiment/new", "# @package _global_\ndefaults: [linear, _self_]")
        path.write_text("\n".join((path.read_text(), *lines, "")))
        return Training(Subject("experiment", "new"), backend, tmp_path)

    return training


@pytest.mark.slow
def test_an_experiment_that_is_right(linear):
    linear.check_learning()
    linear.check_resume()
    linear.check_loops()
    linear.check_mixed_precision()
    assert list(linear.curves) == ["loss"]
    assert linear.curves["loss"].shape == (100,)


@pytest.mark.slow
def test_a_run_goes_on_with_what_is_compiled_unless_a_callback_changed_it(linear, monkeypatch):
    compiled = linear.compiled
    assert linear.whole.objects["model"] is compiled.engine.model
    assert compiled.looks == 1
    with compiled.used():
        assert custom.engine_class()() is compiled.engine
    monkeypatch.setattr(compiled, "looks", 2)
    with compiled.used():
        assert custom.engine_class is engine_class


@pytest.mark.slow
def test_several_objectives(backend, tmp_path, conf):
    path = conf("experiment/new", "# @package _global_\ndefaults: [adversaries, _self_]")
    path.write_text(f"{path.read_text()}tests: {{steps: 8, falls: generator, why: quick}}\n")
    subject = Subject("experiment", "new")
    training = Training(subject, backend, tmp_path)
    training.check_loops()
    training.check_resume()
    assert list(training.curves) == ["discriminator", "generator"]


@pytest.mark.slow
def test_what_learns_nothing(training):
    still = training("optimizer: {learning_rate: 1e-30}", "tests: {steps: 40, why: quick}")
    still.steps["loss"][:] = 1.0
    with pytest.raises(AssertionError, match=r"experiment\[new\]: loss was 1 in the first quarter"):
        still.check_learning()


@pytest.mark.slow
def test_what_falls_or_rises_is_named(training):
    rising = training("tests: {steps: 40, rises: accuracy, why: it is what counts}")
    rising.check_learning()
    rising.steps["running_accuracy"][:] *= -1
    with pytest.raises(AssertionError, match="accuracy was"):
        rising.check_learning()
    rising.deviations.values["rises"] = "beauty"
    with pytest.raises(AssertionError, match=r"tests name beauty, and there are loss, accuracy"):
        rising.check_learning()


@pytest.mark.slow
def test_state_that_is_no_variable_is_lost(training, package):
    own = package("callbacks", CALLBACK)
    lost = training(
        f"callback: {{own: {{_target_: {own}.callbacks.Forgetful}}}}",
        "tests: {steps: 60, why: quick}",
    )
    with pytest.raises(AssertionError, match=r"what goes on after step \d+ differs from what was"):
        lost.check_resume()


@pytest.mark.slow
def test_a_curve_that_differs_is_told_with_its_step(linear):
    other = {"loss": linear.curves["loss"].copy()}
    linear.check_curve("fit", other)
    other["loss"][7] *= 1.01
    with pytest.raises(AssertionError, match=r"loop=fit is 1\.0e-02 from loop=custom at step 7 \("):
        linear.check_curve("fit", other)


@pytest.mark.slow
def test_metrics_that_differ_are_named(linear):
    metrics = dict(linear.whole.summary["metrics"])
    linear.check_metrics(metrics)
    with pytest.raises(AssertionError, match="test_loss is"):
        linear.check_metrics({**metrics, "test_loss": 2 * metrics["test_loss"]})
    with pytest.raises(AssertionError, match="one loop alone reports test_loss"):
        linear.check_metrics({k: v for k, v in metrics.items() if k != "test_loss"})


@pytest.mark.slow
def test_weights_in_half_precision(training, package, conf):
    own = package(
        "models",
        """
        def build(input_shape, classes):
            half = keras.layers.Dense(classes, dtype="bfloat16")
            return keras.Sequential([keras.Input(input_shape), half])
        """,
    )
    halved = training(f"model: {{network: {{_target_: {own}.models.build}}}}")
    with pytest.raises(AssertionError, match=r"weights are not float32: \S*kernel \(bfloat16\)"):
        halved.check_mixed_precision()


def test_bad_words_about_tests_are_one_line(training):
    with pytest.raises(UserError, match=r"experiment/new\.yaml: tests\.resumes is unknown"):
        training("tests: {resumes: false, why: no}")
