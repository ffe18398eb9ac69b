import keras
import numpy as np
import pytest

from triceras.errors import UserError
from triceras.runs import checkpoints as module
from triceras.runs.checkpoints import Checkpoints, load, save


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    return model


def values(model):
    return [np.array(keras.ops.convert_to_numpy(v)) for v in model.variables]


def test_save_and_load_keep_weights_and_optimizer(model, tmp_path):
    save(model, tmp_path / "last.keras")
    loaded = load(tmp_path / "last.keras")
    for a, b in zip(values(model), values(loaded), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (a, b)))
    assert [path.name for path in tmp_path.iterdir()] == ["last.keras"]


def test_full_disk_keeps_the_previous_checkpoint(model, tmp_path, monkeypatch):
    path = tmp_path / "last.keras"
    save(model, path)
    before = path.read_bytes()

    def half(self, target, *args, **kwargs):
        target.write_bytes(before[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(model), "save", half)
    with pytest.raises(UserError, match=r"cannot save the checkpoint .*No space left.*last good"):
        save(model, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_missing_checkpoint(tmp_path):
    with pytest.raises(UserError, match="there is no checkpoint"):
        load(tmp_path / "last.keras")


@pytest.mark.parametrize("cut", [0, 100, 5000])
def test_damaged_checkpoint_is_named_in_one_line(model, tmp_path, cut):
    path = tmp_path / "last.keras"
    save(model, path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UserError, match=r"the checkpoint .*last\.keras cannot be read") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def run(model, tmp_path, all_logs, **options):
    """Feeds a callback the results of epochs; returns the names of the files of each save."""
    callback = Checkpoints(tmp_path, **options)
    callback.set_model(model)
    saved = []
    original = module.save

    def spy(model, path):
        saved.append(path.stem)
        original(model, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "save", spy)
        callback.on_train_begin()
        for epoch, logs in enumerate(all_logs):
            saved.append(epoch)
            callback.on_epoch_end(epoch, logs)
        callback.on_train_end()
    return saved


def test_best_is_saved_where_the_metric_improves(model, tmp_path):
    logs = [{"val_loss": value} for value in (3.0, 2.0, 2.5, 1.0)]
    saved = run(model, tmp_path, logs)
    assert saved == ["last", 0, "last", "best", 1, "last", "best", 2, "last", 3, "last", "best"]


def test_best_by_the_largest_value(model, tmp_path):
    logs = [{"val_accuracy": value} for value in (0.5, 0.4, 0.6)]
    saved = run(model, tmp_path, logs, monitor="val_accuracy", mode="max", every=10)
    assert saved == ["last", 0, "best", 1, 2, "best", "last"]


def test_without_validation_data_the_training_metric_is_watched(model, tmp_path):
    assert "best" in run(model, tmp_path, [{"loss": 1.0}])


def test_unknown_metric_names_the_known_ones(model, tmp_path):
    with pytest.raises(
        UserError, match=r"monitor=val_x is not among the metrics of this model: use one of kl"
    ):
        run(model, tmp_path, [{"loss": 1.0, "kl": 2.0}], monitor="val_x")


def test_unknown_mode(tmp_path):
    with pytest.raises(UserError, match=r"mode=up is unknown: use min or max"):
        Checkpoints(tmp_path, mode="up")
