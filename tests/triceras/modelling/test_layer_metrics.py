import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.data.dataset import Dataset
from triceras.engines import objectives_of
from triceras.errors import UserError
from triceras.modelling.build import build_model
from triceras.testing.loops import LOOPS, run_loop, split_of

MEAN = {"_target_": "keras.metrics.Mean", "name": "activity"}
TOP = {
    "_target_": "keras.metrics.SparseTopKCategoricalAccuracy",
    "k": 2,
    "name": "top2",
    "target": "y",
}
ACCURACY = {"_target_": "keras.metrics.SparseCategoricalAccuracy", "name": "accuracy"}


class Subclassed(keras.Model):
    """Calls a layer twice, and in its loss once more on something else."""

    def __init__(self):
        super().__init__()
        self.block = keras.Sequential(
            [keras.layers.Dense(3, "relu", name="hidden"), keras.layers.Dropout(0.5)], name="block"
        )
        self.top = keras.layers.Dense(3, name="top")

    def call(self, inputs, training=None):
        return self.top(self.block(inputs, training=training))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        return loss + 0.0 * keras.ops.mean(self(x * 0.0 + 9.0, training=False))


def functional(input_shape=(4,)):
    inputs = keras.Input(input_shape)
    x = keras.layers.Dense(3, "relu", name="hidden")(inputs)
    return keras.Model(inputs, keras.layers.Dense(3, name="top")(keras.layers.Dropout(0.5)(x)))


def recurrent():
    inputs = keras.Input((4, 1))
    return keras.Sequential([inputs, keras.layers.LSTM(3, name="lstm"), keras.layers.Dense(3)])


def masked():
    layers = [keras.Input((4, 1)), keras.layers.Masking(name="masking")]
    layers += [
        keras.layers.LSTM(3, return_sequences=True, name="lstm"),
        keras.layers.LSTM(3, name="last"),
    ]
    return keras.Sequential(layers)


class Idle(keras.Model):
    """Has a layer that it never calls."""

    def __init__(self):
        super().__init__()
        self.used, self.idle = keras.layers.Dense(3), keras.layers.Dense(3, name="idle")

    def build(self, shape):
        self.used.build(shape)
        self.idle.build(shape)

    def call(self, inputs):
        return self.used(inputs)


class Stepping(Subclassed):
    """Has a step of its own."""

    def train_step(self, *arguments):
        return {}


class Leaving(Subclassed):
    """Names its metrics itself."""

    @property
    def metrics(self):
        return []


def arrays(rows=24):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 4)).astype("float32"), rng.integers(0, 3, rows).astype("int32")


def model_of(network, layer_metrics, x=None):
    keras.utils.set_random_seed(3)
    x = arrays()[0] if x is None else x
    split = split_of(x, arrays()[1])
    loss = "keras.losses.SparseCategoricalCrossentropy"
    config = {
        "targets": "y",
        "network": {"_target_": f"{__name__}.{network}"},
        "loss": {"_target_": loss, "from_logits": True},
        "metrics": [ACCURACY],
        "layer_metrics": layer_metrics,
    }
    sgd = OmegaConf.create({"_target_": "keras.optimizers.SGD", "learning_rate": 1e-30})
    return build_model(OmegaConf.create(config), sgd, Dataset("here", split, None, split))


@pytest.mark.in_turn
@pytest.mark.parametrize("network", ["functional", "Subclassed"])
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_a_metric_is_told_what_a_layer_gives_in_the_step_itself(loop, network):
    model = model_of(network, {"hidden": MEAN, "top": [TOP]})
    x, y = arrays()
    done = run_loop(model, x, y, loop, validation=split_of(x, y))
    (hidden,) = (layer for layer in model._flatten_layers() if layer.name == "hidden")
    wanted = keras.ops.convert_to_numpy(hidden(x))
    history = done.history.history
    # The rate moves nothing, so that both are of the same weights; what is dropped comes after it.
    np.testing.assert_allclose(history["activity"], [wanted.mean()], rtol=1e-5)
    np.testing.assert_allclose(history["val_activity"], [wanted.mean()], rtol=1e-5)
    logits = keras.ops.convert_to_numpy(model(x, training=False))
    top = np.mean([y[i] in np.argsort(logits[i])[-2:] for i in range(len(y))])
    np.testing.assert_allclose(history["val_top2"], [top], rtol=1e-6)
    assert 0 < history["val_accuracy"][0] <= top


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_what_is_masked_does_not_count():
    x = np.random.default_rng(1).normal(size=(24, 4, 1)).astype("float32")
    x[::2, 2:] = 0.0
    model = model_of("masked", {"lstm": MEAN}, x)
    (objective,) = objectives_of(model)
    objective.compute_loss(*map(keras.ops.convert_to_tensor, (x, arrays()[1])), False)
    states = model.get_layer("lstm")(model.get_layer("masking")(x))
    wanted = keras.ops.convert_to_numpy(states).mean(axis=-1)[x[..., 0] != 0].mean()
    np.testing.assert_allclose(model.get_metrics_result()["activity"], wanted, rtol=1e-5)


@pytest.mark.slow_on("jax")
def test_nothing_is_left_of_a_pass_that_computed_no_loss():
    model = model_of("functional", {"hidden": MEAN})
    x, y = arrays()
    model(x * 100)
    (objective,) = objectives_of(model)
    objective.compute_loss(*map(keras.ops.convert_to_tensor, (x, y)), False)
    wanted = keras.ops.convert_to_numpy(model.get_layer("hidden")(x)).mean()
    np.testing.assert_allclose(model.get_metrics_result()["activity"], wanted, rtol=1e-5)


@pytest.mark.slow_on("tensorflow")
def test_a_model_is_saved_as_without_them(tmp_path):
    model = model_of("functional", {"hidden": MEAN})
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    x = arrays()[0]
    np.testing.assert_allclose(
        *(keras.ops.convert_to_numpy(m(x, training=False)) for m in (model, loaded)), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("network", "metrics", "message"),
    [
        ("functional", {"hiden": MEAN}, "no layer is called hiden: did you mean hidden?"),
        ("functional", {"*o*": MEAN}, r"\*o\* are several layers, dropout.*: give the path of one"),
        ("functional", {"top": TOP | {"target": "z"}}, "target='z' is neither .*, which are y, x"),
        ("functional", {"top": {"_target_": "keras.losses.MeanSquaredError"}}, "makes a MeanSq"),
        ("functional", [MEAN], "names no layers"),
        ("Stepping", {"hidden": MEAN}, "Stepping has train_step of its own"),
        ("Leaving", {"hidden": MEAN}, "`metrics` of Leaving leaves out"),
        ("recurrent", {"lstm_cell": MEAN}, "within the loop of lstm, where .* name lstm"),
    ],
)
def test_what_cannot_be_had_is_told(network, metrics, message):
    x = np.zeros((24, 4, 1), "float32") if network == "recurrent" else None
    with pytest.raises(UserError, match=message):
        model_of(network, metrics, x)


@pytest.mark.parametrize(
    ("network", "metrics", "message"),
    [
        ("Idle", {"idle": MEAN}, "the layer idle is not called in a forward pass"),
        (
            "functional",
            {"top": {"_target_": "keras.metrics.MeanSquaredError", "target": "x"}},
            r"MeanSquaredError cannot be told what the layer top gives",
        ),
    ],
)
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_what_is_seen_in_the_first_step_is_told(loop, network, metrics, message):
    with pytest.raises(UserError, match=message):
        run_loop(model_of(network, metrics), *arrays(), loop)
