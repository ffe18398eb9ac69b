"""Fashion-MNIST: 60,000 pictures of clothes to train on and 10,000 to test, 28x28."""

from typing import Any

from triceras.data import Dataset, Options, assemble, download, files, only_reads


@only_reads
def load(
    *,
    path: str | None,
    download_timeout: float,
    memory_mb: float,
    validation_size: int,
    **options: Any,
) -> Dataset:
    """Loads Fashion-MNIST from a file, or else from Keras's cached download.

    Args:
        path: an `.npz` file with x_train, y_train, x_test and y_test, or a folder of IDX files;
            `None` for Keras's download.
        download_timeout: seconds that a server may stay silent.
        memory_mb: uncompressed IDX files that are larger, in MiB, stay on disk, and their images
            are read as they are needed.
        validation_size: number of training images to hold out for validation.
        **options: the fields of `triceras.data.Options`.

    Returns:
        A `Dataset`.

    Raises:
        UserError: an option is not an allowed one, the file is not what it should be, or there is
            no network.

    Reference:
        [Xiao et al., 2017](https://arxiv.org/abs/1708.07747).
    """
    chosen = Options(**options)
    source = (
        download.read("fashion_mnist", download_timeout, instead="mnist_5k")
        if path is None
        else files.read(path, memory_mb)
    )
    return assemble(
        "fashion_mnist",
        source,
        chosen,
        validation_size=validation_size,
        test_size=None,
        largest_grey=255,
        memory_mb=memory_mb,
    )
