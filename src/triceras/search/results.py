"""What a study has found: the best trial, how to run it, and pictures."""

import shlex
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from triceras.errors import one_line
from triceras.runs import record
from triceras.search.space import Space
from triceras.search.study import RUN_FOLDER, SharedStudy
from triceras.sweeps.resuming import key_of
from triceras.tracking.redaction import redacted_arguments

WIDTH, HEIGHT, DPI = 9.0, 5.0, 150
# Of this many trials the importance of a parameter can be told.
SEVERAL = 2
# Of more curves than these nobody reads the names.
NAMED = 20


def print_results(shared: SharedStudy, space: Space, monitor: str) -> None:
    """Prints how far a study has come, its best trial, and the command that runs that once more.

    Args:
        shared: the study.
        space: what it searches.
        monitor: the name of what is optimised.
    """
    print(f"study {shared.name} in {shared.url}: {shared.counts() or 'no trials'}")
    trial = best(shared)
    if trial is None:
        print("best: none, as no trial has been completed")
        return
    folder = trial.user_attrs.get(RUN_FOLDER)
    print(f"best: trial {trial.number}, {monitor} = {trial.value:.6g}, {folder}")
    if len(hashes_of(shared)) > 1:
        print(
            "best: of trials on several data sets, as what lies at data.path has changed: give a "
            "search on other data a name of its own by hydra.sweeper.study_name"
        )
    print(f"best: {command(space, trial)}")


def hashes_of(shared: SharedStudy) -> set[str]:
    """The SHA-256 of the data of all trials whose run folders are here."""
    folders = [Path(trial.user_attrs.get(RUN_FOLDER) or "") for trial in shared.trials]
    # One that was killed early has no record yet.
    records = [record.read(folder) for folder in folders if (folder / record.FILE).is_file()]
    return {known["data_sha256"] for known in records if known.get("data_sha256")}


def best(shared: SharedStudy) -> FrozenTrial | None:
    """The best trial, or `None` where none has been completed."""
    complete = shared.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return shared.study.best_trial if complete else None


def command(space: Space, trial: FrozenTrial) -> str:
    """The command that trains once more what a trial has."""
    own = [space.word(key, value) for key, value in trial.params.items() if key in space.prefixed]
    # What makes it a search is none of a run's.
    kept = [word for word in space.typed if not is_of_searches(key_of(word))]
    return shlex.join(["python", sys.argv[0], *redacted_arguments([*kept, *own])])


def is_of_searches(key: str) -> bool:
    """Whether a key says how to search."""
    return key == "sweep" or key.startswith(("sweep.", "hydra.", "hydra/"))


def draw(shared: SharedStudy, folder: Path, monitor: str) -> Sequence[Path]:
    """Draws a study.

    Args:
        shared: it.
        folder: where the pictures go.
        monitor: the name of what is optimised.

    Returns:
        The files.
    """
    import matplotlib

    matplotlib.use("Agg")
    from optuna.visualization import matplotlib as plots

    complete = shared.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if not complete:
        return []
    study: Any = shared.study
    named: dict[str, Any] = {"target_name": monitor}
    made = [
        picture(folder, "history", lambda: plots.plot_optimization_history(study, **named)),
        picture(folder, "slices", lambda: plots.plot_slice(study, **named)),
        picture(folder, "epochs", lambda: epochs(plots, study, monitor)),
    ]
    if len({trial.value for trial in complete}) >= SEVERAL:
        importances = lambda: plots.plot_param_importances(study, **named)  # noqa: E731
        made.append(picture(folder, "importances", importances))
    return [path for path in made if path is not None]


def epochs(plots: Any, study: Any, monitor: str) -> None:
    """The curves of all trials, up to where they ended."""
    axes = plots.plot_intermediate_values(study)
    axes.set(title="Trials", xlabel="Epochs before", ylabel=monitor)
    if len(study.trials) > NAMED and axes.get_legend():
        axes.get_legend().remove()


def picture(folder: Path, name: str, plot: Callable[[], Any]) -> Path | None:
    """Writes one picture; what goes wrong is one line, and never the search's end."""
    from matplotlib import pyplot

    path = folder / f"search_{name}.png"
    try:
        # Of axes along which all trials have one value nobody can do anything about.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            plot()
            figure = pyplot.gcf()
            figure.set_size_inches(max(WIDTH, 4.5 * len(figure.axes)), HEIGHT)
            figure.savefig(path, dpi=DPI, bbox_inches="tight", facecolor="white")
    except Exception as error:
        print(f"no picture of {name}: {one_line(error)}")
        return None
    finally:
        pyplot.close("all")
    return path
