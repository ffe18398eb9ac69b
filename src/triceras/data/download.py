"""Keras's own cached downloads, which never wait for ever."""

import contextlib
import socket
from collections.abc import Iterator

from triceras.data.beside_imports import wait_for_imports
from triceras.data.checks import checked_split
from triceras.data.source import Source, array_sha256
from triceras.errors import UserError, one_line

# A day; the operating system refuses what is much longer.
LONGEST_TIMEOUT = 86400


def read(name: str, timeout: float, instead: str | None = None) -> Source:
    """Reads a data set from Keras's cache, into which it is downloaded the first time.

    Keras verifies the checksum of MNIST; for Fashion-MNIST it has none.

    Args:
        name: name of a module of `keras.datasets`.
        timeout: seconds that a server may stay silent.
        instead: a choice of `data=` that needs no download, for the message where there is none.

    Returns:
        A `Source` of images of shape `(n, 28, 28)`.

    Raises:
        UserError: there is no network, or what arrived is damaged.
    """
    number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not number or not 0 < timeout <= LONGEST_TIMEOUT:
        raise UserError(
            f"data.download_timeout={timeout} is unknown: use a number of seconds above 0 and up "
            f"to {LONGEST_TIMEOUT}"
        )
    other = f", or use data={instead}, which needs no download" if instead else ""
    wait_for_imports()
    # Here, so that every other way to data needs no backend.
    import keras

    with _socket_timeout(timeout):
        try:
            (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
        # Keras raises a bare Exception when a server cannot be reached.
        except Exception as error:
            raise UserError(
                f"data={name} could not be downloaded or read from Keras's cache "
                f"({one_line(error)}): give data.path=<file.npz> or a folder of IDX files{other}"
            ) from error
    where = f"data={name} from Keras's cache"
    return Source(
        train=checked_split(x_train, y_train, ("x_train", "y_train"), where),
        test=checked_split(x_test, y_test, ("x_test", "y_test"), where),
        sha256=array_sha256(x_train, y_train, x_test, y_test),
    )


@contextlib.contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
