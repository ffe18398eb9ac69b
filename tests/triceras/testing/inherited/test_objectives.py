import pytest

from triceras.errors import UserError
from triceras.testing.inherited.examples import example, found
from triceras.testing.inherited.objectives import ObjectiveTests
from triceras.testing.inherited.subjects import Subject

# What they test with is tested on all backends by the lab's tests.
pytestmark = pytest.mark.once

LOSS = """
    @register_keras_serializable("own")
    class OwnLoss(keras.losses.Loss):
        def __init__(self, power=2.0, name="own", **kwargs):
            super().__init__(name=name, **kwargs)
            self.power = power

        def call(self, y_true, y_pred):
            return ops.mean(ops.abs(VALUE) ** self.power, -1)

        def get_config(self):
            return {**super().get_config(), CONFIG}
    """


@pytest.fixture
def objective(package, conf):
    """A function that writes a loss and makes its tests."""

    def objective(value="y_true - y_pred", config='"power": self.power'):
        own = package("objectives.own", LOSS.replace("VALUE", value).replace("CONFIG", config))
        conf(
            "objective/mine",
            f"""
            _target_: {own}.objectives.own.OwnLoss
            power: 4.0
            tests: {{y_true: [3, 2], y_pred: [3, 2]}}
            """,
        )
        (subject,) = found("objective", own)
        return ObjectiveTests(example(subject, own))

    return objective


@pytest.mark.slow
def test_a_loss_that_is_right(objective):
    tests = objective()
    tests.check_build()
    tests.check_serialization()
    tests.check_gradients()
    tests.check_mixed_precision()
    tests.check_learning()
    assert tests.evidence()["value"].shape == ()


def test_a_loss_of_the_targets_alone(objective):
    with pytest.raises(AssertionError, match="no gradient reaches y_pred"):
        objective(value="y_true + 0.0 * y_pred").check_gradients()


def test_a_loss_that_cannot_fall(objective):
    with pytest.raises(AssertionError, match="after 100 steps"):
        objective(value="y_true + 0.0 * y_pred").check_learning()


def test_a_configuration_that_lacks_an_argument(objective):
    with pytest.raises(AssertionError, match=r"OwnLoss\.get_config\(\) lacks power"):
        objective(config="").check_serialization()


def test_a_function(conf):
    conf(
        "objective/function",
        """
        _target_: hydra.utils.get_method
        path: keras.losses.mean_squared_error
        tests: {y_true: {shape: [3, 4]}, y_pred: [3, 4]}
        """,
    )
    (subject,) = found("objective", "no_such_package_at_all")
    tests = ObjectiveTests(example(subject, "no_such_package_at_all"))
    tests.check_build()
    tests.check_serialization()
    tests.check_gradients()


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            "objectives.own.OwnLos",
            r"cannot be imported: did you mean {own}\.objectives\.own\.OwnLoss",
        ),
        ("objectives.onw.OwnLoss", r"cannot be imported: did you mean {own}\.objectives\.own\.Own"),
        ("nothing.like.it", r"cannot be imported: Error loading"),
    ],
)
def test_an_example_that_names_what_is_not_there(package, conf, target, said):
    own = package("objectives.own", LOSS.replace("VALUE", "y_pred").replace("CONFIG", ""))
    conf("objective/mine", f"_target_: {own}.{target}\ntests: {{y_true: [3], y_pred: [3]}}")
    subject, *others = found("objective", own)
    # A class whose example is misspelt is not said to have none.
    assert bool(others) == (target == "nothing.like.it")
    with pytest.raises(
        UserError, match=r"conf/objective/mine\.yaml names .*" + said.format(own=own)
    ):
        example(subject, own)


def test_an_example_that_says_too_little(package, conf):
    own = package("objectives.own", LOSS.replace("VALUE", "y_pred").replace("CONFIG", ""))
    conf("objective/own_loss", "power: 4.0")
    (subject,) = found("objective", own)
    with pytest.raises(UserError, match=r"objective/own_loss\.yaml\) has no _target_"):
        example(subject, own)
    conf("objective/own_loss", f"_target_: {own}.objectives.own.OwnLoss")
    with pytest.raises(
        UserError, match=r"own_loss\.yaml does not say what to try it on: add tests"
    ):
        example(subject, own)


def test_a_loss_needs_an_example_unless_a_model_minimises_it(package, conf):
    own = package("objectives.own", LOSS.replace("VALUE", "y_pred").replace("CONFIG", ""))
    (subject,) = found("objective", own)
    assert subject == Subject("objective", "own_loss")
    with pytest.raises(UserError, match=r"objective\[own_loss\] has no example: write conf/obj"):
        example(subject, own)
    loss = f"{{_target_: {own}.objectives.own.OwnLoss}}"
    for of_outputs in (
        loss,
        f"{{some: {loss}, other: {{_target_: keras.losses.Huber}}}}",
        f"[{loss}]",
    ):
        conf("model/new", f"loss: {of_outputs}")
        assert found("objective", own) == []
