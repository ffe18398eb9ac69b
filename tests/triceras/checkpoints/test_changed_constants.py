import dataclasses
import enum
import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from triceras.checkpoints import changed_constants, checkpoint_files, keras_files, snapshot
from triceras.checkpoints.lost_constants import lost, tell_lost
from triceras.checkpoints.snapshot import Position
from triceras.engines.changes import changes_of
from triceras.engines.elsewhere import elsewhere, note_elsewhere
from triceras.engines.objective import objectives_of
from triceras.errors import UserError


class Scaled(keras.layers.Dense):
    def __init__(self, units, **options):
        super().__init__(units, **options)
        self.factor = 1.0
        self.cuts = (0, [1, 2])
        self.mask = np.ones(3)
        self.options = SimpleNamespace(beta=0.5)

    def call(self, inputs):
        return self.factor * self.options.beta * super().call(inputs)


class Huber(keras.losses.Huber):
    def __init__(self):
        super().__init__()
        self.weight = 1


def build(loss=True, more=()):
    layer = Scaled(3, kernel_regularizer=keras.regularizers.L2(0.1))
    model = keras.Sequential([keras.Input((2,)), layer, *more])
    model.compile("sgd", Huber() if loss else None)
    return model


def change(model, factor=2.0):
    """Changes all that a callback can, in a hook."""
    changes_of(model).begin(model)
    layer = model.layers[0]
    layer.factor = factor
    layer.cuts = (1, [2, 3])
    layer.mask = np.arange(3)
    layer.options.beta = np.float32(0.25)
    layer.kernel_regularizer.l2 = 0.3
    model.loss.weight = 5
    model.optimizer.clipnorm = 1.5
    changes_of(model).end(model)


def values(model):
    layer = model.layers[0]
    numbers = layer.factor, layer.cuts, layer.mask.tolist(), layer.options.beta
    loss = getattr(model.loss, "weight", None)
    return *numbers, layer.kernel_regularizer.l2, loss, model.optimizer.clipnorm


def through_json(model):
    arrays = {}
    return json.loads(json.dumps(changed_constants.take(model, arrays))), arrays


BEGUN = (1.0, (0, [1, 2]), [1.0, 1.0, 1.0], 0.5, 0.1, 1, None)
CHANGED = (2.0, (1, [2, 3]), [0, 1, 2], 0.25, 0.3, 5, 1.5)


def test_what_a_callback_changed_another_model_is_given():
    model, other = build(), build()
    assert values(model) == BEGUN
    change(model)
    changed_constants.give(other, *through_json(model))
    assert values(other) == values(model) == CHANGED
    assert isinstance(other.layers[0].options.beta, np.float32)
    # It goes on into the checkpoints that come.
    third = build()
    changed_constants.give(third, *through_json(other))
    assert values(third) == CHANGED


def test_what_was_not_changed_then_is_again_what_it_was():
    model = build()
    before = through_json(model)
    change(model)
    between = through_json(model)
    change(model, 3.0)
    after = through_json(model)
    for saved, expected in ((before, BEGUN), (between, CHANGED), (after, (3.0, *CHANGED[1:]))):
        changed_constants.give(model, *saved)
        assert values(model) == expected
    # Checkpoints of before there were such things.
    changed_constants.give(model, None, {})
    assert values(model) == BEGUN


def test_what_a_callback_has_added_is_kept_on_and_taken_away_again():
    model, other = build(), build()
    before = through_json(model)
    changes_of(model).begin(model)
    model.layers[0].added = 3.0
    changes_of(model).end(model)
    saved = through_json(model)
    changed_constants.give(other, *saved)
    assert other.layers[0].added == 3.0
    # What was given back is in the checkpoints of the run that goes on.
    assert [entry["value"] for entry in through_json(other)[0]["attributes"]] == [3.0]
    for each in (model, other):
        changed_constants.give(each, *before)
        assert not hasattr(each.layers[0], "added")


def test_a_hook_under_way_counts():
    model = build()
    changes_of(model).begin(model)
    model.layers[0].factor = 7.0
    saved, _ = through_json(model)
    assert [entry["value"] for entry in saved["attributes"]] == [7.0]


def test_a_model_without_its_loss_is_given_the_rest_and_another_is_refused():
    model, other = build(), build(loss=False)
    change(model)
    changed_constants.give(other, *through_json(model))
    assert values(other) == (*CHANGED[:5], None, 1.5)
    with pytest.raises(
        UserError, match=r"has scaled.*, which a callback or adapt had changed, and the"
    ):
        changed_constants.give(build(more=[keras.layers.Dense(1)]), *through_json(model))


def test_layers_of_one_name_are_told_apart():
    def two():
        layers = [keras.Sequential([keras.Input((2,)), Scaled(2, name="same")]) for _ in range(2)]
        model = keras.Sequential([keras.Input((2,)), *layers])
        model.compile("sgd", "mse")
        return model, [layer.layers[0] for layer in layers]

    (model, layers), (other, given) = two(), two()
    changes_of(model).begin(model)
    layers[0].factor = 4.0
    assert changes_of(model).end(model) == ["same.factor"]
    changed_constants.give(other, *through_json(model))
    assert [layer.factor for layer in given] == [4.0, 1.0]


def test_variables_outside_the_layers_are_kept_and_wait_until_they_are_known():
    beta, gamma = (keras.Variable(value, trainable=False) for value in (1.0, 2.0))
    model, other = build(), build()
    elsewhere(model).note([beta, gamma], True)
    gamma.assign(3.0)
    saved = through_json(model)
    mine = [keras.Variable(value, trainable=False) for value in (1.0, 2.0)]
    changed_constants.give(other, *saved)
    elsewhere(other).note(mine[:1], True)
    elsewhere(other).note(mine, True)
    assert [float(v.value) for v in mine] == [1.0, 3.0]
    changed_constants.give(other, None, {})
    assert [float(v.value) for v in mine] == [1.0, 2.0]
    elsewhere(other).note([mine[0], keras.Variable(np.zeros(2))], True)
    with pytest.raises(UserError, match=r"outside the layers is variable of shape \(\), and the"):
        changed_constants.give(other, *saved)


def test_the_weights_of_a_network_beside_the_model_are_kept():
    def beside(model, value):
        teacher = keras.Variable(np.full((100, 100), value), trainable=False)
        elsewhere(model).note([teacher], True)
        return teacher

    model, other = build(), build()
    teacher = beside(model, 1.0)
    changes_of(model).begin(model)
    teacher.assign(0.5 * teacher)
    changed = changes_of(model).end(model)
    # TensorFlow's steps look it up.
    assert bool(changed) == (keras.backend.backend() != "tensorflow")
    again = beside(other, 1.0)
    changed_constants.give(other, *through_json(model))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(again), np.full((100, 100), 0.5))
    changed_constants.give(other, None, {})
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(again), np.ones((100, 100)))


def test_checkpoints_from_before_know_the_places_of_small_variables_alone():
    large = keras.Variable(np.zeros((100, 100)), trainable=False)
    beta, gamma = (keras.Variable(value, trainable=False) for value in (1.0, 2.0))
    model, other = build(), build()
    elsewhere(model).note([beta, gamma], True)
    gamma.assign(3.0)
    document, arrays = through_json(model)
    mine = [keras.Variable(value, trainable=False) for value in (1.0, 2.0)]
    for adapted, expected in ((False, [1.0, 3.0]), (True, None)):
        saved = {**document, "adapted": adapted}
        elsewhere(other).note([mine[0], large, mine[1]], True)
        if expected is None:
            with pytest.raises(UserError, match="outside the layers is variable"):
                changed_constants.give(other, saved, arrays)
        else:
            changed_constants.give(other, saved, arrays)
            assert [float(v.value) for v in mine] == expected


def test_what_only_a_loss_reads_comes_after_what_outputs_need():
    # evaluate.py finds what outputs need first, and what a loss reads later.
    large = keras.Variable(np.zeros((100, 100)), trainable=False)
    small = keras.Variable(1.0, trainable=False)
    model = build()
    note_elsewhere(model, objectives_of(model), [large, small], True)
    assert elsewhere(model).variables == [large, small]


def test_the_best_model_has_the_numbers_that_it_had():
    model = build()
    best = snapshot.take(model, [], Position())
    change(model)
    now = snapshot.take(model, [], Position())
    assert snapshot.is_model(model, now)
    assert not snapshot.is_model(model, best)
    snapshot.give_model(model, best)
    assert values(model) == BEGUN
    assert snapshot.is_model(model, best)
    snapshot.give_model(model, now)
    assert values(model) == CHANGED


@pytest.mark.parametrize("in_a_hook", [False, True])
def test_what_an_object_gets_in_a_hook_is_kept_on_and_taken_away_again(in_a_hook):
    def made():
        model = build()
        model.layers[0].options = SimpleNamespace(beta=1.0)
        return model

    model, other = made(), made()
    before = through_json(model)
    changes_of(model).begin(model)
    model.layers[0].options.gamma = np.arange(3.0)
    within = through_json(model)
    changes_of(model).end(model)
    for saved in (within, through_json(model)):
        # As where a resumed run begins, in `on_train_begin`.
        if in_a_hook:
            changes_of(other).begin(other)
        changed_constants.give(other, *saved)
        if in_a_hook:
            changes_of(other).end(other)
        assert other.layers[0].options.gamma.tolist() == [0.0, 1.0, 2.0]
        # What was given back is in the checkpoints of the run that goes on.
        third = made()
        changed_constants.give(third, *through_json(other))
        assert third.layers[0].options.gamma.tolist() == [0.0, 1.0, 2.0]
        changed_constants.give(other, *before)
        assert not hasattr(other.layers[0].options, "gamma")


@pytest.mark.parametrize("count", [2000, 400_000])
@pytest.mark.parametrize("what", ["array", "list", "tensor"])
def test_large_arrays_of_objects_are_kept_and_taken_back(what, count):
    def held(number):
        array = np.full(count, number)
        tensor = keras.ops.convert_to_tensor(array) if what == "tensor" else None
        return {"array": array, "list": [array], "tensor": tensor}[what]

    def made():
        model = build()
        model.layers[0].options = SimpleNamespace(table=held(1.0))
        return model

    def numbers(model):
        found = model.layers[0].options.table
        return np.ravel(keras.ops.convert_to_numpy(found[0] if what == "list" else found))[[0, -1]]

    def change(model, number):
        changes_of(model).begin(model)
        options = model.layers[0].options
        # The last alone, where it is.
        if what == "tensor":
            options.table = held(number)
        else:
            (options.table if what == "array" else options.table[0])[-1] = number
        return changes_of(model).end(model)

    model, other = made(), made()
    before = through_json(model)
    for number in (2.0, 3.0, 3.0):
        expected = number != numbers(model)[1]
        assert bool(change(model, number)) == expected
    changed_constants.give(other, *through_json(model))
    np.testing.assert_array_equal(numbers(other), numbers(model))
    assert keras.ops.is_tensor(other.layers[0].options.table) == (what == "tensor")
    for each in (model, other):
        changed_constants.give(each, *before)
        np.testing.assert_array_equal(numbers(each), [1.0, 1.0])


@pytest.mark.parametrize("in_place", [False, True])
def test_what_was_no_constant_and_is_one_now_is_kept_and_stays(in_place):
    def made():
        model = build()
        model.layers[0].options = SimpleNamespace(factors=[SimpleNamespace(beta=1.0)])
        return model

    def change(options):
        if in_place:
            options.factors[:] = [2.0]
        else:
            options.factors = [2.0]

    model, other = made(), made()
    before = through_json(model)
    changes_of(model).begin(model)
    change(model.layers[0].options)
    changes_of(model).end(model)
    changed_constants.give(other, *through_json(model))
    assert other.layers[0].options.factors == [2.0]
    third = made()
    changed_constants.give(third, *through_json(other))
    assert third.layers[0].options.factors == [2.0]
    # No checkpoint gives the list back.
    changed_constants.give(model, *before)
    assert model.layers[0].options.factors == [2.0]


def test_what_is_in_a_file_is_not_read(tmp_path):
    def file_of(name):
        return np.memmap(tmp_path / name, np.uint8, "w+", shape=(2000,))

    model = build()
    options = model.layers[0].options
    options.table = file_of("one")
    changes_of(model).begin(model)
    options.table[:] = 1
    assert changes_of(model).end(model) == []
    changes_of(model).begin(model)
    options.table = file_of("other")
    assert len(changes_of(model).end(model)) == 1


class Mode(enum.Enum):
    A = 1
    B = 2


@dataclasses.dataclass(frozen=True)
class Frozen:
    beta: float = 1.0


class Options:
    def __init__(self, beta):
        self.beta = beta


def replace(model):
    """Puts functions and objects in the place of others, which no checkpoint keeps."""
    changes_of(model).begin(model)
    layer = model.layers[0]
    layer.activation = keras.activations.tanh
    layer.bias_regularizer = keras.regularizers.L2(0.3)
    layer.kernel_regularizer = keras.regularizers.L2(0.7)
    layer.mode, layer.frozen = Mode.B, Frozen(2.0)
    layer.options = Options(3.0)
    layer.table = {1: 2.0}
    model.optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(0.1, 10)
    return changes_of(model).end(model)


def with_objects():
    model = build()
    layer = model.layers[0]
    layer.mode, layer.frozen, layer.options = Mode.A, Frozen(), Options(0.5)
    layer.table = {1: 1.0}
    return model


def test_what_takes_the_place_of_an_object_is_not_kept_nor_taken_back():
    model, other = with_objects(), with_objects()
    objects = vars(model.layers[0]) | {}
    names = {name.partition(".")[2] for name in replace(model)}
    assert {"activation", "mode", "frozen", "options", "table", "_learning_rate"} <= names
    before = through_json(with_objects())
    saved = through_json(model)
    assert saved[0]["attributes"] == []
    changed_constants.give(other, *saved)
    layer = other.layers[0]
    assert (layer.options.beta, layer.frozen.beta, layer.mode) == (0.5, 1.0, Mode.A)
    assert layer.bias_regularizer is None
    assert layer.kernel_regularizer.l2 == 0.1
    # As where a resumed run begins an epoch, after `on_train_begin`.
    changed_constants.give(model, *before)
    layer = model.layers[0]
    assert layer.activation is keras.activations.tanh
    assert (layer.options.beta, layer.mode, layer.table) == (3.0, Mode.B, {1: 2.0})
    assert objects["options"].beta == 0.5
    assert Mode.A.value == 1


def test_what_an_object_has_learnt_in_long_lists_is_not_looked_at():
    model = build()
    words = [str(number) for number in range(5000)]
    own = SimpleNamespace(words=words, itself=[], beta=1.0)
    own.itself.append(own.itself)
    model.layers[0].options = own
    changes_of(model).begin(model)
    own.words.append("more")
    own.beta = 2.0
    (name,) = changes_of(model).end(model)
    assert name.endswith(".options.beta")


@pytest.mark.parametrize("kind", [str, object])
@pytest.mark.parametrize("count", [10, 2000])
def test_texts_in_arrays_of_objects_are_not_kept(kind, count, tmp_path):
    model = build()
    options = model.layers[0].options
    options.words = np.array(["before"] * count, kind)
    changes_of(model).begin(model)
    options.words = np.array(["after"] * count, kind)
    assert len(changes_of(model).end(model)) == 1
    checkpoint_files.write(tmp_path / "last.npz", snapshot.take(model, [], Position()))
    saved = through_json(model)
    assert saved[0]["attributes"] == []
    changed_constants.give(model, *saved)
    assert options.words[0] == "after"


class Told(Scaled):
    def get_config(self):
        config = {**super().get_config(), "factor": self.factor}
        return config

    @classmethod
    def from_config(cls, config):
        factor = config.pop("factor")
        layer = cls(**config)
        layer.factor = factor
        return layer


@pytest.mark.parametrize(("kind", "names"), [(Scaled, ["factor", "beta"]), (Told, ["beta"])])
def test_what_a_file_of_keras_lacks_is_told(kind, names, tmp_path, monkeypatch, caplog):
    def made():
        layer = kind(3)
        model = keras.Sequential([keras.Input((2,)), layer])
        model.compile("sgd", "mse")
        return model

    model, path = made(), tmp_path / "last.keras"
    monkeypatch.setattr(keras_files, "load", lambda path: keras.models.load_model(path, objects))
    objects = {"Scaled": Scaled, "Told": Told}
    model.save(path)
    assert lost(model, path) == []
    changes_of(model).begin(model)
    model.layers[0].factor = 2.0
    model.layers[0].options.beta = 0.75
    changes_of(model).end(model)
    model.save(path)
    tell_lost(model, path)
    found = lost(model, path)
    assert [name.rpartition(".")[2] for name in found] == names
    assert f"last.keras lacks {', '.join(found)}, which a callback or adapt changed" in caplog.text
    path.write_text("damaged")
    assert len(lost(model, path)) == 2


def test_inner_optimizers_and_activity_regularizers_are_looked_at():
    def build_scaled():
        layer = keras.layers.Dense(2, activity_regularizer=keras.regularizers.L2(0.1))
        model = keras.Sequential([keras.Input((2,)), layer])
        model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()), "mse")
        return model, layer

    (model, layer), (other, given) = build_scaled(), build_scaled()
    changes_of(model).begin(model)
    layer.activity_regularizer.l2 = 0.5
    model.optimizer.inner_optimizer.clipnorm = 2.0
    assert len(changes_of(model).end(model)) == 2
    changed_constants.give(other, *through_json(model))
    assert given.activity_regularizer.l2 == 0.5
    assert other.optimizer.inner_optimizer.clipnorm == 2.0


def test_small_tensors_are_numbers_too():
    def build_shifted():
        layer = keras.layers.Dense(2)
        layer.shift = keras.ops.convert_to_tensor([0.0, 1.0])
        model = keras.Sequential([keras.Input((2,)), layer])
        model.compile("sgd", "mse")
        return model, layer

    (model, layer), (other, given) = build_shifted(), build_shifted()
    before = through_json(model)
    changes_of(model).begin(model)
    layer.shift = keras.ops.convert_to_tensor([2.0, 3.0])
    assert changes_of(model).end(model) == [f"{layer.name}.shift"]
    changed_constants.give(other, *through_json(model))
    assert keras.ops.is_tensor(given.shift)
    assert keras.ops.convert_to_numpy(given.shift).tolist() == [2.0, 3.0]
    changed_constants.give(other, *before)
    assert keras.ops.convert_to_numpy(given.shift).tolist() == [0.0, 1.0]


@pytest.mark.in_turn("jax", "tensorflow")
def test_what_a_traced_step_leaves_on_a_layer_is_no_constant():
    if keras.backend.backend() == "torch":
        pytest.skip("Keras's step is not traced")

    class Leaving(keras.layers.Dense):
        def call(self, inputs):
            self.left = super().call(inputs)
            return self.left

    model = keras.Sequential([keras.Input((2,)), Leaving(2)])
    model.compile("sgd", "mse", jit_compile=keras.backend.backend() == "jax")
    changes_of(model).begin(model)
    # Two batches of different lengths, of which TensorFlow knows none then.
    model.predict(np.ones((3, 2)), batch_size=2, verbose=0)
    assert not [name for name in changes_of(model).end(model) if name.endswith(".left")]
