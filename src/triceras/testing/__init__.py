"""Proofs: the suite on every backend, what every project inherits, kills, and generated tables.

Nothing here imports pytest until somebody asks for what does: runs of the small experiments do not.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triceras.testing.suite import run_suite
    from triceras.testing.tables import Table

__all__ = ["Table", "run_suite"]


def __getattr__(name: str) -> Any:
    if name == "Table":
        from triceras.testing.tables import Table

        return Table
    if name == "run_suite":
        from triceras.testing.suite import run_suite

        return run_suite
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
