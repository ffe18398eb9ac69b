import types

import keras
import numpy as np
import pytest

from triceras.data.batch import Batch, BatchPreparation
from triceras.engines import engine_class
from triceras.errors import UserError
from triceras.loops.first_batch import telling_reads, try_first_batch
from triceras.testing.loops import run_loop

X, Y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")


class Plain(keras.Model):
    """Built, with what Keras does not see, and a metric that `call` may update."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)
        self.inside = keras.metrics.Mean(name="inside")
        self.hidden = types.SimpleNamespace(
            variable=keras.Variable(1.0, name="unknown", trainable=False),
            metric=keras.metrics.Mean(name="unknown"),
        )

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs):
        return self.dense(inputs)


class MakesLayer(Plain):
    def call(self, inputs):
        return self.dense(inputs) + keras.layers.Dense(2, name="late")(inputs)


class MakesVariable(Plain):
    def call(self, inputs):
        return self.dense(inputs) * keras.Variable(2.0, name="late")


class MakesMetric(Plain):
    def call(self, inputs):
        keras.metrics.Mean(name="late").update_state(inputs)
        return self.dense(inputs)


class KeepsMetric(Plain):
    def call(self, inputs):
        self.late = keras.metrics.Mean(name="late")
        return self.dense(inputs)


class BuildsInLoss(Plain):
    def __init__(self):
        super().__init__()
        self.projection = keras.layers.Dense(2)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean((self.projection(y_pred) - y) ** 2)


class ChangesVariable(Plain):
    def call(self, inputs):
        self.hidden.variable.assign(self.hidden.variable + 1)
        return self.dense(inputs) * self.hidden.variable


class ChangesMetric(Plain):
    def call(self, inputs):
        self.hidden.metric.update_state(inputs)
        return self.dense(inputs)


class UpdatesMetric(Plain):
    def call(self, inputs):
        self.inside.update_state(inputs)
        return self.dense(inputs) + self.inside.result()


class ReadsVariable(Plain):
    def build(self, input_shape):
        super().build(input_shape)
        self.scale = self.add_weight(shape=(), initializer="ones", trainable=False)

    def call(self, inputs):
        return self.dense(inputs) * float(self.scale)  # as a number


class AssignsOnce(Plain):
    """Sets a scale by its first batch, as a flag of Python or a variable says."""

    by_variable = False

    def build(self, input_shape):
        super().build(input_shape)
        self.ready, self.told = False, False
        self.done = self.add_weight(shape=(), initializer="zeros", dtype="bool", trainable=False)
        self.scale = self.add_weight(shape=(), initializer="ones", trainable=False, name="scale")

    def call(self, inputs):
        first = keras.ops.max(inputs)
        if self.by_variable:
            done = keras.ops.cast(self.done, "float32")
            self.scale.assign(done * self.scale + (1 - done) * first)
            self.done.assign(True)
        elif not self.ready:
            self.scale.assign(first)
            self.ready = True
        return self.dense(inputs) / self.scale


class AssignsByVariable(AssignsOnce):
    by_variable = True

    def call(self, inputs):
        self.told = True
        return super().call(inputs)


def build(kind):
    model = kind()
    model.build((None, 3))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (MakesLayer, "makes .*late/kernel, .*late/bias within call"),
        (MakesVariable, "makes .*late within call"),
        (MakesMetric, "makes .*late/total, .*late/count within call"),
        (KeepsMetric, r"within call \(at test_first_batch.py:\d+: self.late = keras.metrics"),
        (ChangesVariable, "changes unknown within call, of which none of its layers knows"),
        (ChangesMetric, "changes unknown/total, unknown/count within call"),
    ],
)
def test_state_that_is_made_or_unknown_in_call_is_named_with_its_cure(kind, message):
    model = build(kind)
    for _ in range(2):
        with pytest.raises(UserError, match=message + "(.|\n)*__init__ or build"):
            try_first_batch(model, Batch(X, Y))
        engine = engine_class()(model, BatchPreparation("image", "label"))
        with pytest.raises(UserError, match=message):
            engine.try_first_batch({"image": X, "label": Y})


@pytest.mark.slow_on("tensorflow")
def test_what_is_assigned_in_the_first_call_alone_is_refused_unless_a_variable_says_so():
    parts = {"image": X, "label": Y}
    model = build(AssignsOnce)
    for _ in range(2):
        with pytest.raises(UserError, match=r"assigns .*scale in its .* by assigns_once.*\.ready,"):
            try_first_batch(model, Batch(X, Y))
        with pytest.raises(UserError, match=r'add_weight\(shape=\(\), dtype="bool"'):
            engine_class()(model, BatchPreparation("image", "label")).try_first_batch(parts)
    model = build(AssignsByVariable)
    try_first_batch(model, Batch(X, Y))
    model.told = False
    engine_class()(model, BatchPreparation("image", "label")).try_first_batch(parts)


@pytest.mark.parametrize("kind", [Plain, UpdatesMetric])
def test_looking_at_the_first_batch_changes_nothing_and_names_idle_metrics(kind, caplog):
    model = build(kind)
    before = [np.array(keras.ops.convert_to_numpy(v.value)) for v in model.variables]
    try_first_batch(model, Batch(X, Y))
    after = [keras.ops.convert_to_numpy(v.value) for v in model.variables]
    assert all(map(np.array_equal, before, after))
    assert float(model.inside.result()) == 0
    engine = engine_class()(model, BatchPreparation("image", "label"))
    engine.try_first_batch({"image": X, "label": Y})
    idle = [r for r in caplog.records if "no training step updates the metric inside," in r.message]
    assert len(idle) == (2 if kind is Plain else 0)


def test_fit_is_tried_without_computing_where_that_is_faster(backend):
    kinds = []

    class Noting(Plain):
        def call(self, inputs):
            kinds.append(type(inputs).__name__)
            return super().call(inputs)

    model = build(Noting)
    for eagerly in (False, True):
        model.run_eagerly = eagerly
        kinds.clear()
        try_first_batch(model, Batch(X, Y))
        assert kinds
        assert all("Tracer" in kind for kind in kinds) == (backend == "jax" and not eagerly)


@pytest.mark.slow_on("jax")
def test_fit_keeps_what_call_counts_in_a_metric_on_each_backend():
    model = build(UpdatesMetric)
    try_first_batch(model, Batch(X, Y))
    x = np.arange(24, dtype="float32").reshape(8, 3)
    logs = model.fit(x, np.ones((8, 2)), batch_size=4, shuffle=False, verbose=0).history
    assert logs["inside"] == [pytest.approx(11.5)]
    assert float(model.evaluate(X, Y, verbose=0, return_dict=True)["inside"]) == 1


def test_fit_names_the_line_that_reads_a_tensor(backend):
    model = build(ReadsVariable)
    if backend == "torch":
        with telling_reads():
            model.fit(X, Y, verbose=0)
        return
    where = r"at test_first_batch.py:\d+: return .*# as a number"
    with pytest.raises(UserError, match=where), telling_reads():
        model.fit(X, Y, verbose=0)


@pytest.mark.slow
@pytest.mark.in_turn
def test_a_layer_that_the_loss_alone_calls_is_trained_in_fit_as_in_the_custom_loop():
    losses = []
    for loop in ("custom", "fit", "fit_custom_step"):
        keras.utils.set_random_seed(0)
        model = BuildsInLoss()
        model.compile("sgd", "mse")
        model.build((None, 3))
        x = np.random.default_rng(0).random((16, 3), "float32")
        losses.append(run_loop(model, x, x[:, :2], loop, batch_size=4).losses)
        assert model.projection.kernel.path in [
            v.path for v in model.optimizer._trainable_variables
        ]
    np.testing.assert_allclose(losses[1:], losses[:1] * 2, rtol=1e-6)
