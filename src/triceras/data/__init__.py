"""What a source of data returns, and what helps to write one: the front door of this folder.

Nothing here imports Keras until `BatchPreparation` is asked for.
"""

from typing import TYPE_CHECKING, Any

from triceras.data.assemble import assemble
from triceras.data.beside_imports import only_reads
from triceras.data.checks import IMAGE_SHAPE
from triceras.data.dataset import Dataset, Split
from triceras.data.options import Options
from triceras.data.package_file import package_file
from triceras.data.parts import inputs_of, label_of, labels_of
from triceras.data.source import Source, array_sha256
from triceras.data.split_parts import split_parts
from triceras.data.statistics import mean_row
from triceras.data.table import split_table

if TYPE_CHECKING:
    from triceras.data.batch import BatchPreparation

__all__ = [
    "IMAGE_SHAPE",
    "BatchPreparation",
    "Dataset",
    "Options",
    "Source",
    "Split",
    "array_sha256",
    "assemble",
    "inputs_of",
    "label_of",
    "labels_of",
    "mean_row",
    "only_reads",
    "package_file",
    "split_parts",
    "split_table",
]


def __getattr__(name: str) -> Any:
    if name == "BatchPreparation":
        from triceras.data.batch import BatchPreparation

        return BatchPreparation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
