"""Proofs: the suite on every backend, what every project inherits, kills, and generated tables."""

from triceras.testing.suite import run_suite
from triceras.testing.tables import Table

__all__ = ["Table", "run_suite"]
