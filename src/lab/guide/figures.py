"""The figures of the 2020 guide beside those of finished runs."""

import csv
import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from omegaconf import OmegaConf

from triceras.backend import BACKENDS
from triceras.errors import UserError
from triceras.runs import record
from triceras.sweeps import report
from triceras.testing import markdown

FIGURES = Path(__file__).with_name("figures.yaml")
NOT_RUN = "not run"


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure that an experiment of the guide is to reach, as `figures.yaml` has it.

    Args:
        experiment: the experiment.
        what: what it is, for the reader.
        metric: its name in `summary.json`, or in `steps.csv` where `step` is given.
        decimals: of the guide's figure; ours is shown with one more.
        step: the step, from 0, whose figure it is; `None`: that of the end of the run.
        guide: the smallest and the largest value that agree with the guide; `None` where the
            guide does not train it.
    """

    experiment: str
    what: str
    metric: str
    decimals: int
    step: int | None = None
    guide: tuple[float, float] | None = None

    def within(self, value: float) -> bool:
        """Whether a value agrees with the guide, as exactly as the guide says it."""
        if self.guide is None:
            return True
        # A little more than half a unit of the last decimal, as binary fractions are not exact.
        slack = 0.500001 * 10**-self.decimals
        return self.guide[0] - slack <= value <= self.guide[1] + slack

    def value(self, folder: Path) -> float:
        """The figure of a finished run.

        Raises:
            UserError: the run has none.
        """
        if self.step is None:
            found = json.loads((folder / "summary.json").read_text())["metrics"].get(self.metric)
        else:
            with open(folder / "steps.csv") as file:
                lines = {int(line["step"]): line for line in csv.DictReader(file)}
            found = lines.get(self.step, {}).get(self.metric)
        if found is None:
            raise UserError(f"{folder} has no {self.what}")
        return float(found)

    def show(self, value: float) -> str:
        """The value as text, bold where it does not agree with the guide."""
        text = f"{value:.{self.decimals + 1}f}"
        return text if self.within(value) else f"**{text}**"

    @property
    def guide_text(self) -> str:
        """The guide's range as text."""
        if self.guide is None:
            return "not trained"
        return " to ".join(f"{value:.{self.decimals}f}" for value in self.guide)


@dataclasses.dataclass(frozen=True)
class Figures:
    """All figures, and the loops that they are to be reached in."""

    loops: tuple[str, ...]
    figures: tuple[Figure, ...]


# The run folder of an experiment, a backend and a loop.
Runs = Mapping[tuple[str, str, str], Path]


def read_figures(path: Path = FIGURES) -> Figures:
    """The figures that a YAML file lists."""
    content = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(content, dict)
    figures = (
        Figure(**{**figure, "guide": tuple(figure["guide"]) if "guide" in figure else None})
        for figure in content["figures"]
    )
    return Figures(tuple(content["loops"]), tuple(figures))


def read_runs(sweeps: Sequence[Path]) -> dict[tuple[str, str, str], Path]:
    """Finds the finished runs of sweeps.

    Args:
        sweeps: folders `outputs/sweeps/<id>`.

    Returns:
        The folder of each run, by experiment, backend and loop.

    Raises:
        UserError: a folder has no jobs, or two runs are of the same experiment, backend and loop.
    """
    runs: dict[tuple[str, str, str], Path] = {}
    for sweep in sweeps:
        jobs = report.read_jobs(sweep)
        if not jobs:
            raise UserError(f"{sweep} is not the folder of a sweep: it has no */job.json")
        for job in jobs:
            if job["status"] != "finished":
                continue
            folder = Path(job["run_folder"])
            run = record.read(folder)
            key = run["experiment"], run["backend"], run["loop"]
            if key in runs:
                raise UserError(f"two runs of {', '.join(key)}: {runs[key]} and {folder}")
            runs[key] = folder
    return runs


def figures_table(figures: Figures, runs: Runs) -> str:
    """The table of figures: a row for each figure and backend, a column for each loop.

    Returns:
        Markdown; a figure that does not agree with the guide, or was not measured, is bold.
    """
    header = ["experiment", "figure", "the guide", "backend", *figures.loops]
    rows = []
    for figure in figures.figures:
        for backend in BACKENDS:
            folders = [runs.get((figure.experiment, backend, loop)) for loop in figures.loops]
            cells = [
                figure.show(figure.value(folder)) if folder else f"**{NOT_RUN}**"
                for folder in folders
            ]
            rows.append([figure.experiment, figure.what, figure.guide_text, backend, *cells])
    return markdown.table(header, rows)


def problems(figures: Figures, runs: Runs) -> Iterator[str]:
    """A line for each figure that does not agree with the guide or was not measured."""
    for figure in figures.figures:
        for backend in BACKENDS:
            for loop in figures.loops:
                name = f"{figure.experiment} on {backend}, loop {loop}"
                folder = runs.get((figure.experiment, backend, loop))
                if folder is None:
                    yield f"{name}: {NOT_RUN}"
                elif not figure.within(value := figure.value(folder)):
                    shown = figure.show(value).strip("*")
                    yield f"{name}: {figure.what} is {shown}, not {figure.guide_text}"
