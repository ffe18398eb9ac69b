"""What is said of several seeds that were trained together."""

import sys
from collections.abc import Iterable, Mapping

import numpy as np
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from triceras.checkpoints.resume import AUTO
from triceras.commands.messages import message
from triceras.commands.train import Outcome
from triceras.errors import UserError
from triceras.together.turns import Turn
from triceras.tracking.redaction import redacted


def named(seeds: Iterable[int]) -> str:
    """Seeds in words: `seeds 0 to 3, 7`, or `seed 7`."""
    spans: list[list[int]] = []
    for seed in sorted(seeds):
        if spans and seed == spans[-1][-1] + 1:
            spans[-1][1:] = [seed]
        else:
            spans.append([seed])
    word = "seed" if len(spans) == 1 and len(spans[0]) == 1 else "seeds"
    return f"{word} {', '.join(' to '.join(map(str, span)) for span in spans)}"


def tell_of_failure(seed: int, error: BaseException | None) -> None:
    """Says why the run of a seed has failed, as soon as it has."""
    if isinstance(error, Exception):
        # What is no `UserError` names its folder in its message.
        notes = getattr(error, "__notes__", []) if isinstance(error, UserError) else []
        line = "; ".join((message(error), *notes))
        print(f"error: seed {seed}: {redacted(line)}", file=sys.stderr, flush=True)


def told(
    configs: list[DictConfig], turns: list[Turn], before: Mapping[int, Outcome]
) -> float | None:
    """Says what came of the seeds; returns the mean of what is monitored.

    Args:
        configs: of the seeds that were to be trained.
        turns: of those that were.
        before: the seeds that had finished before.

    Raises:
        UserError: the runs of some seeds failed.
        Interrupted: they were asked to stop, and are saved.
    """
    if len(turns) < len(configs):
        # What is wrong for the first one is so for all.
        error = turns[0].error or RuntimeError("the others have not begun")
        if isinstance(error, KeyboardInterrupt):
            error.__notes__ = [AUTO]
        raise error
    results = {
        config.seed: turn.result
        for config, turn in zip(configs, turns, strict=True)
        if turn.error is None
    }
    finished = dict(sorted({**before, **results}.items()))
    errors = [(config.seed, turn.error) for config, turn in zip(configs, turns, strict=True)]
    count = len(configs) + len(before)
    if finished:
        # No title of the table, in which it would be folded to the table's width.
        of_all = f" (of {count})" if len(finished) < count else ""
        print(f"{configs[0].experiment}, {named(finished)}{of_all}", flush=True)
        Console().print(table(finished))
    for outcome in finished.values():
        print(f"run: {outcome.folder}", flush=True)
    failed = {seed: error for seed, error in errors if isinstance(error, Exception)}
    interrupted = {seed: e for seed, e in errors if isinstance(e, KeyboardInterrupt)}
    for seed, error in interrupted.items():
        for folder in getattr(error, "__notes__", [])[-1:]:
            print(f"seed {seed} was interrupted: {folder}", flush=True)
    for error in interrupted.values():
        # Each finds its own folder again.
        error.__notes__ = [AUTO]
        raise error
    if failed:
        seeds = ", ".join(map(str, failed))
        raise UserError(f"{len(failed)} of {count} seeds failed: {seeds}")
    values = [outcome.objective for outcome in finished.values()]
    return None if None in values else float(np.mean(values))


def table(finished: Mapping[int, Outcome]) -> Table:
    """What each metric came to: its mean and standard deviation over seeds, and its extremes.

    Args:
        finished: what came of each seed that has finished.
    """
    result = Table()
    result.add_column("")
    result.add_column("mean ± sd", justify="right")
    result.add_column("least to most", justify="right")
    metrics = [outcome.summary["metrics"] for outcome in finished.values()]
    for name in dict.fromkeys(name for each in metrics for name in each):
        values = [each[name] for each in metrics if name in each]
        some = f" (of {len(values)})" if len(values) < len(metrics) else ""
        spread = f" ± {np.std(values, ddof=1):.2g}" if len(values) > 1 else ""
        result.add_row(
            f"{name}{some}",
            f"{np.mean(values):.5g}{spread}",
            f"{min(values):.5g} to {max(values):.5g}",
        )
    return result
