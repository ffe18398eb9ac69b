import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.objective import Objective, forward, objectives_of
from triceras.errors import UserError
from triceras.testing.loops import run_loop, split_of


def linear():
    return keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])


def test_a_plain_model_has_the_objective_of_fit():
    model = linear()
    model.compile("sgd", "mse")
    (objective,) = objectives_of(model)
    assert objective.name == "loss"
    assert objective.optimizer is model.optimizer
    assert objective.variables == model.trainable_variables


@pytest.mark.slow_on("tensorflow")
def test_forward_gives_the_loss_and_the_metrics_of_evaluate(data):
    model = linear()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, metrics=["accuracy"])
    x, y = data.test["image"][:32], data.test["label"][:32]
    expected = model.evaluate(x, y, verbose=0, return_dict=True)
    model.reset_metrics()
    value = ops.convert_to_numpy(forward(model, x, ops.convert_to_tensor(y), False))
    found = {name: float(metric) for name, metric in model.get_metrics_result().items()}
    assert found == pytest.approx(expected, rel=1e-5)
    assert value == pytest.approx(expected["loss"], rel=1e-5)


def test_a_model_without_an_optimizer_is_an_error():
    with pytest.raises(UserError, match=r"call model\.compile first"):
        objectives_of(linear())


@pytest.mark.parametrize("names", [[], ["a", "a"]])
def test_objectives_need_names_of_their_own(names):
    model = linear()
    model.objectives = lambda: [
        Objective(name, lambda *_: 0.0, [], keras.optimizers.SGD()) for name in names
    ]
    with pytest.raises(UserError, match="different names"):
        objectives_of(model)


@pytest.mark.parametrize(("names", "taken"), [(["step"], "step"), (["a", "loss"], "loss")])
def test_an_objective_is_not_called_as_another_column_is(names, taken):
    model = linear()
    model.objectives = lambda: [
        Objective(name, lambda *_: 0.0, [], keras.optimizers.SGD()) for name in names
    ]
    with pytest.raises(UserError, match=f"calls one '{taken}', as another column"):
        objectives_of(model)


def test_objectives_need_optimizers_of_their_own():
    model = linear()
    optimizer = keras.optimizers.SGD()
    model.objectives = lambda: [Objective(name, lambda *_: 0.0, [], optimizer) for name in "ab"]
    with pytest.raises(UserError, match=r"gives 'a' and 'b' one optimizer: give each an optimi"):
        objectives_of(model)


def shared(order):
    """Two objectives that move one variable; the second sees what the first made of it."""
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1, use_bias=False)])
    kernel = model.trainable_variables[0]

    def pull(goal):
        return lambda inputs, targets, training: ops.sum(ops.square(kernel - goal))

    optimizers = {1.0: keras.optimizers.SGD(0.25), 3.0: keras.optimizers.SGD(0.5)}
    model.objectives = lambda: [
        Objective(f"to_{goal}", pull(goal), [kernel], optimizers[goal]) for goal in order
    ]
    kernel.assign(np.zeros((64, 1)))
    return model, BatchPreparation("image", "label")


@pytest.mark.in_turn
@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize(("order", "end"), [((1.0, 3.0), 3.0), ((3.0, 1.0), 2.0)])
def test_objectives_that_share_variables_follow_each_other(start, compile, order, end):
    # A step of 0.5 ends at the goal, one of 0.25 half way to it.
    run = start(lambda: shared(order), compile=compile)
    losses, _ = run.train(0, 1)
    assert set(losses) == {f"to_{goal}" for goal in order}
    np.testing.assert_allclose(run.values()[0], end, rtol=1e-6)


@pytest.mark.parametrize("metrics", [None, ["accuracy"]])
def test_metrics_that_no_objective_tells_are_named(metrics, caplog):
    model = linear()
    model.own = keras.metrics.Mean(name="own")
    model.compile("sgd", metrics=metrics)

    def loss(inputs, targets, training):
        return ops.mean(model(inputs))

    model.objectives = lambda: [Objective("mean", loss, model.trainable_variables, model.optimizer)]
    engine = engine_class()(model, BatchPreparation("image", "label"))
    parts = {"image": np.ones((4, 64), "float32"), "label": np.zeros((4,), "int32")}
    if metrics:
        with pytest.raises(UserError, match=r"no objective of the model tells model\.metrics"):
            engine.try_first_batch(parts)
    else:
        engine.try_first_batch(parts)
        assert "metric own, which shows what it began with: update it in an obj" in caplog.text


@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_a_loss_that_is_no_number_is_refused(loop):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", keras.losses.MeanSquaredError(reduction="none"))
    x = np.ones((8, 3), "float32")
    with pytest.raises(UserError, match=r"an array of shape \(8,\) and has to be one number: give"):
        run_loop(model, x, x[:, :1], loop)


class Two(keras.Model):
    """Two networks, each of which approaches the targets by its own objective."""

    def __init__(self, own=False):
        super().__init__()
        self.own = own
        self.parts = [keras.layers.Dense(1), keras.layers.Dense(1)]

    def build(self, shape):
        for part in self.parts:
            part.build(shape)

    def call(self, inputs):
        return self.parts[0](inputs) + self.parts[1](inputs)

    def compile(self, **options):
        super().compile(keras.optimizers.SGD(0.01), **options)
        self.other = keras.optimizers.SGD(0.02)

    def objectives(self):
        return [
            Objective(
                "first", lambda *batch: self.part_loss(0, *batch), self.weights[:2], self.other
            ),
            Objective("second", self.second, self.weights[2:4], self.optimizer),
        ]

    def part_loss(self, number, inputs, targets, training):
        return ops.mean(ops.square(self.parts[number](inputs) - targets))

    def second(self, inputs, targets, training):
        loss = self.part_loss(1, inputs, targets, training)
        if self.own:
            self._loss_tracker.update_state(loss, sample_weight=ops.shape(inputs)[0])
        return loss


@pytest.mark.parametrize("own", [False, True])
def test_the_loss_of_several_objectives_is_their_sum_or_what_they_tell_it(own, caplog):
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(21, 3)), generator.normal(size=(21, 1))
    x, y = x.astype("float32"), y.astype("float32")
    model = Two(own)
    model.build((None, 3))
    model.compile()
    done = run_loop(model, x[:16], y[:16], "custom", 4, validation=split_of(x[16:], y[16:]))
    assert "no training step updates" not in caplog.text
    expected = [
        float(np.mean((x[16:] @ weights[0] + weights[1] - y[16:]) ** 2))
        for weights in ([ops.convert_to_numpy(w) for w in p.weights] for p in model.parts)
    ]
    wanted = expected[1] if own else sum(expected)
    assert done.history.history["val_loss"] == pytest.approx([wanted], rel=1e-5)
    if not own:
        assert done.history.history["loss"] == pytest.approx([done.losses.mean()], rel=1e-5)
