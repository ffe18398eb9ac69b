import numpy as np
import pytest

import triceras.engines.host_data
from triceras.data.dataset import Split
from triceras.engines.chunk import Chunk
from triceras.engines.host_data import HostData


def test_data_stays_on_the_device_where_it_fits(start, data):
    engine = start(device_data_mb=1).engine
    host = HostData(data.train, ["image", "label"])
    assert host.nbytes == data.train["image"].nbytes + data.train["label"].nbytes < 2**20
    assert not isinstance(engine.place(data.train), HostData)


# Where the rows come from is nothing to a model, so that one shows it.
@pytest.mark.in_turn
@pytest.mark.parametrize("kind", ["autoencoder"], scope="module")
@pytest.mark.slow
def test_streamed_data_changes_no_bit(start_again, build, whole, steps, data, monkeypatch):
    run = start_again(build)
    monkeypatch.setattr(run.engine, "device_data_mb", 0.1)
    host = run.engine.place(data.train)
    assert isinstance(host, HostData)
    chunks = [Chunk(steps.indices[a:b], steps.keys[a:b]) for a, b in ((0, 2), (2, 4), (4, 5))]
    logs = [run.engine.train_steps(*fed) for fed in run.engine.feed(host, iter(chunks))]
    for name, value in whole.losses.items():
        assert np.array_equal(value, np.concatenate([losses[name] for losses, _ in logs]))
    for found, expected in zip(run.values(), whole.after, strict=True):
        assert np.array_equal(found, expected)


@pytest.mark.in_turn
@pytest.mark.slow
def test_streamed_data_is_evaluated_in_parts(start, start_again, data, close):
    whole, streamed = start_again(), start(device_data_mb=0, steps_per_call=2)
    for batch_size in (64, 150):
        close(
            whole.engine.evaluate(whole.engine.place(data.test), batch_size),
            streamed.engine.evaluate(streamed.engine.place(data.test), batch_size),
        )


def test_what_fails_while_data_is_read_is_told(start, data):
    class Broken:
        shape, dtype = data.train["image"].shape, data.train["image"].dtype

        def __len__(self):
            return self.shape[0]

        def __getitem__(self, rows):
            raise OSError("unreadable")

    engine = start(device_data_mb=0).engine
    host = engine.place(Split({"image": Broken(), "label": data.train["label"]}))
    chunk = Chunk(np.zeros((2, 4), "int32"), np.zeros((2, 2), "int32"))
    with pytest.raises(OSError, match="unreadable"):
        list(engine.feed(host, [chunk]))


def host_data():
    x = np.arange(20, dtype="float32").reshape(10, 2)
    return HostData(Split({"x": x, "unused": x, "y": np.arange(10)}), ["x", "y"])


def test_rows_of_a_chunk_are_those_that_it_takes_and_padding():
    chunk = Chunk(np.array([[7, 2, 7], [0, 9, 4]], "int32"), np.ones((2, 2), "int32"))
    parts, picked = host_data().rows_of(chunk, 3)
    assert {name: array.shape for name, array in parts.items()} == {"x": (9, 2), "y": (9,)}
    assert np.array_equal(parts["y"][picked.indices], chunk.indices)
    assert np.array_equal(parts["x"][picked.indices], host_data().split["x"][chunk.indices])
    assert picked.indices.dtype == np.int32
    assert picked.keys is chunk.keys


def test_what_is_read_at_once_is_bounded(monkeypatch):
    assert host_data().steps_at_once(2, 100) == 100
    monkeypatch.setattr(triceras.engines.host_data, "AT_ONCE_MB", 4 * 12 / 2**20)
    # Two numbers and a label of four bytes each.
    assert host_data().steps_at_once(2, 100) == 2
    assert host_data().steps_at_once(2, 1) == 1
    assert host_data().steps_at_once(50, 100) == 1
    assert [len(part["y"]) for part in host_data().parts(2, 100)] == [4, 4, 2]


def test_parts_are_all_rows_in_order():
    parts = list(host_data().parts(2, 2))
    assert [len(part["y"]) for part in parts] == [4, 4, 2]
    for name in ("x", "y"):
        whole = host_data().split[name]
        assert np.array_equal(np.concatenate([part[name] for part in parts]), whole)


@pytest.mark.once
def test_whole_numbers_that_come_before_fractions_are_not_their_measure():
    class Made(Split):
        def in_memory(self, names):
            return False

        def take_step(self, step, rows, names):
            whole = step == 0
            return {"y": np.array([step, step], "int32") + (0 if whole else np.float32(0.5))}

    data = HostData(Made({"y": np.zeros(4, "float32")}), ["y"])
    chunk = Chunk(np.zeros((2, 2), "int32"), np.zeros((2, 2), "int32"), 0)
    parts, _ = data.rows_of(chunk, 2)
    assert parts["y"].tolist() == [0, 0, 1.5, 1.5]
    assert parts["y"].dtype == np.float32


def test_a_stream_may_say_how_much_is_read_at_once():
    limited = host_data()
    limited.split.most_at_once = 7
    assert limited.steps_at_once(2, 100) == 7
    assert limited.steps_at_once(2, 3) == 3
