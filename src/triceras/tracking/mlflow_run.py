"""One run of MLflow's, through MLflow's client."""

import contextlib
import logging
import os
import posixpath
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from triceras.errors import UserError
from triceras.packages import how_to_install
from triceras.tracking.mlflow_file import SQLITE, file_of, make

# What MLflow takes at once, and how long names and values may be.
METRICS_AT_ONCE = 1000
TEXTS_AT_ONCE = 100
LONGEST_NAME = 240
LONGEST_VALUE = 6000
RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"

Number = tuple[str, float, int, int]


def import_mlflow(uri: str) -> Any:
    """The package, imported only here: a run without it must not need it.

    Args:
        uri: where runs are to be kept.

    Raises:
        UserError: it, or what it needs for a database, is not installed.
    """
    # MLflow reports on itself to its makers, and prints where a run is.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    try:
        import mlflow
        import mlflow.entities

        if uri.startswith(SQLITE):
            import alembic  # noqa: F401
            import sqlalchemy  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"logger=mlflow needs a package that is not there ({error}): "
            f"{how_to_install('mlflow')}, or use logger=csv"
        ) from error
    # What goes wrong is one line of this package's.
    for name in ("mlflow", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return mlflow


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Lets MLflow ask a server twice, where it would ask eight times, for four minutes."""
    mine = RETRIES not in os.environ
    os.environ.setdefault(RETRIES, "1")
    try:
        yield
    finally:
        if mine:
            del os.environ[RETRIES]


class Names:
    """Names as MLflow takes them; two that differ stay two."""

    def __init__(self):
        self.given: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        if name not in self.given:
            fit = re.sub(r"[^\w./ :-]", "_", name)[:LONGEST_NAME]
            if posixpath.normpath(fit) != fit or fit.startswith((".", "/")):
                fit = fit.replace("/", "_").replace("..", "__")
            while fit in self.given.values():
                fit += "_"
            self.given[name] = fit
        return self.given[name]


class MlflowRun:
    """A run that is kept by MLflow; each method returns once MLflow has taken what it is given.

    Args:
        library: the package `mlflow`.
        uri: where runs are kept.
        experiment: the name of MLflow's experiment, which is made where there is none.
    """

    def __init__(self, library: Any, uri: str, experiment: str):
        self.entities = library.entities
        self.error: type[Exception] = library.MlflowException
        make(library, uri)
        self.client = library.MlflowClient(uri)
        self.uri = uri
        self.experiment = self.experiment_id(experiment)
        self.id = ""
        self.name = Names()
        self.there: set[tuple[str, int, float]] = set()

    def experiment_id(self, name: str) -> str:
        """The experiment of a name, found or made."""
        found = self.client.get_experiment_by_name(name)
        if found is None:
            try:
                return self.client.create_experiment(name, artifact_location=self.artifacts())
            except self.error:
                # Another run may have made it meanwhile.
                found = self.client.get_experiment_by_name(name)
                if found is None:
                    raise
        return found.experiment_id

    def artifacts(self) -> str | None:
        """Where files are kept: beside a file of SQLite, or where a server does."""
        file = file_of(self.uri)
        return (file.parent / "mlflow-artifacts").as_uri() if file else None

    def create(self, name: str) -> None:
        """Begins a new run."""
        self.id = self.client.create_run(self.experiment, run_name=name).info.run_id

    def go_on(self, run_id: str, step: int, epoch: int) -> bool:
        """Goes on with a run.

        Args:
            run_id: MLflow's.
            step: the number of the step that comes next.
            epoch: that of the epoch.

        Returns:
            Whether there is such a run.
        """
        try:
            run = self.client.get_run(run_id)
        except self.error as error:
            if getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST":
                return False
            raise
        self.id = run_id
        self.client.update_run(run_id, status="RUNNING")
        for name in run.data.metrics:
            first = {"step": step, "epoch": epoch}.get(name.partition("/")[0])
            if first is not None:
                history = self.client.get_metric_history(run_id, name)
                self.there |= {(name, m.step, m.value) for m in history if m.step >= first}
        return True

    def tell_parameters(self, values: Mapping[str, Any]) -> None:
        """Tells the configuration; MLflow keeps what it was told first."""
        texts = {self.name(name): str(values[name])[:LONGEST_VALUE] for name in values}
        before = self.client.get_run(self.id).data.params
        new = [
            self.entities.Param(name, text) for name, text in texts.items() if name not in before
        ]
        for some in parts(new, TEXTS_AT_ONCE):
            self.client.log_batch(self.id, params=some)
        others = {name for name in before if texts.get(name, before[name]) != before[name]}
        self.tell_tags({f"resumed.{name}": texts[name] for name in others})

    def tell_numbers(self, numbers: Iterable[Number]) -> None:
        """Tells metrics, but those that a run that was killed has told already.

        Args:
            numbers: name, value, time in milliseconds and step of each.
        """
        named = ((self.name(name), *rest) for name, *rest in numbers)
        metrics = [
            self.entities.Metric(name, value, at, step)
            for name, value, at, step in named
            if (name, step, value) not in self.there
        ]
        for some in parts(metrics, METRICS_AT_ONCE):
            self.client.log_batch(self.id, metrics=some)

    def tell_tags(self, texts: Mapping[str, str]) -> None:
        """Tells tags, in the place of earlier ones of these names."""
        tags = [self.entities.RunTag(name, texts[name][:LONGEST_VALUE]) for name in texts]
        for some in parts(tags, TEXTS_AT_ONCE):
            self.client.log_batch(self.id, tags=some)

    def tell_file(self, path: Path, folder: str | None = None) -> None:
        """Sends a file, in the place of an earlier one of this name."""
        self.client.log_artifact(self.id, str(path), folder)

    def tell_text(self, name: str, text: str) -> None:
        """Sends a text as a file."""
        self.client.log_text(self.id, text, name)

    def end(self, status: str) -> None:
        """Ends the run, with a status of MLflow's."""
        self.client.set_terminated(self.id, status)

    @property
    def url(self) -> str | None:
        """Where a browser finds the run, or `None` where there is no server."""
        place = urlsplit(self.uri)
        if place.scheme not in ("http", "https"):
            return None
        # Without a password.
        server = place._replace(netloc=place.netloc.rpartition("@")[2]).geturl().rstrip("/")
        return f"{server}/#/experiments/{self.experiment}/runs/{self.id}"


def parts(items: Sequence[Any], most: int) -> Iterable[Sequence[Any]]:
    """A list in parts of at most so many."""
    return (items[first : first + most] for first in range(0, len(items), most))


def now() -> int:
    """The time in milliseconds, as MLflow counts it."""
    return int(1000 * time.time())
