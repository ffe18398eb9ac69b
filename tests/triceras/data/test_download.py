import socket

import keras
import numpy as np
import pytest

from triceras.data.download import read
from triceras.data.source import array_sha256


@pytest.fixture
def served(arrays, monkeypatch):
    """Replaces what Keras would download; an exception is raised instead."""

    def serve(name="mnist", error=None, **changes):
        timeouts = []

        def load_data():
            timeouts.append(socket.getdefaulttimeout())
            if error:
                raise error
            x_train, y_train, x_test, y_test = {**arrays, **changes}.values()
            return (x_train, y_train), (x_test, y_test)

        monkeypatch.setattr(getattr(keras.datasets, name), "load_data", load_data)
        return timeouts

    return serve


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_what_keras_has_is_read(name, served, arrays):
    served(name)
    source = read(name, 5)
    np.testing.assert_array_equal(source.train["image"], arrays["x_train"])
    np.testing.assert_array_equal(source.test["label"], arrays["y_test"])
    assert source.sha256 == array_sha256(*arrays.values())


@pytest.mark.parametrize("error", [None, Exception("no network")])
def test_no_server_may_be_silent_for_ever(error, served):
    before = socket.getdefaulttimeout()
    timeouts = served(error=error)
    try:
        read("mnist", 2.5)
    except Exception:
        assert error
    assert timeouts == [2.5]
    assert socket.getdefaulttimeout() == before


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (Exception("URL fetch failure on x: None --\n  [Errno -2]\tunknown"), "None -- [Errno -2]"),
        (TimeoutError(), "TimeoutError"),
        (ValueError("Incomplete or corrupted file detected."), "Incomplete or corrupted"),
        (EOFError("Compressed file ended"), "Compressed file ended"),
    ],
)
def test_no_network_is_one_clear_line(error, what, served, refuses):
    served("fashion_mnist", error)
    with refuses(what=what, where="data=fashion_mnist could not be downloaded", do="data.path="):
        read("fashion_mnist", 5)
    with refuses(what=what, where="data=fashion_mnist", do="data=other, which needs no download"):
        read("fashion_mnist", 5, "other")


def test_an_interruption_is_not_swallowed(served):
    served(error=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        read("mnist", 5)


def test_what_arrived_is_checked(served, arrays, refuses):
    served(y_train=arrays["y_train"][:9])
    with refuses(what="300 images", where="data=mnist from Keras's cache", do="make the file"):
        read("mnist", 5)


@pytest.mark.parametrize("timeout", [0, -1, None, "20", True, float("nan"), float("inf"), 1e9])
def test_timeouts_that_are_none_are_refused(timeout, refuses):
    with refuses(
        what="is unknown", where=f"data.download_timeout={timeout}", do="use a number of seconds"
    ):
        read("mnist", timeout)
