"""A trace of some steps, and a table of what took the time in them."""

import logging
import shutil
from pathlib import Path
from typing import Any

import keras
from rich.console import Console
from rich.table import Table

from triceras import engines
from triceras.errors import one_line
from triceras.runs import trace
from triceras.settings import check_whole

log = logging.getLogger(__name__)

TRACE, TABLE = "trace.json.gz", "profile.txt"
ROWS, WIDTH = 25, 120


class Profile(keras.callbacks.Callback):
    """Traces some steps once others have been taken, which were slow as they were compiled.

    `trace.json.gz` in the run folder opens in <https://ui.perfetto.dev>; `profile.txt` there, and
    the terminal, show what took the time, and of which part of the model where that is known.

    Args:
        folder: of the run's checkpoints, which lies in the run folder.
        after: steps before the trace, at least.
        steps: that are traced, at least. Several that run in one program are traced together.

    Raises:
        UserError: one of these is not a whole number of at least 1.
    """

    sees_chunks = True

    def __init__(self, folder: str | Path, after: int = 100, steps: int = 100):
        super().__init__()
        check_whole("callback.profile.after", after)
        check_whole("callback.profile.steps", steps)
        self.run_folder = Path(folder).parent
        self.after = after
        self.steps = steps
        self.seen = 0
        self.first = 0
        self.began: int | None = None
        self.done = False

    @property
    def folder(self) -> Path:
        """Where a framework keeps what it makes a trace of."""
        return self.run_folder / "trace"

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.first = batch
        if self.done or self.began is not None or self.seen < self.after:
            return
        try:
            engines.profiler().start(self.folder)
            self.began = self.seen
        except Exception as error:
            self.give_up(error)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.seen += batch - self.first + 1
        if self.began is not None and self.seen - self.began >= self.steps:
            self.end()

    def on_train_end(self, logs: Any = None) -> None:
        if self.began is not None:
            self.end()
        elif not self.done:
            log.warning(
                f"no steps were traced: the run took {self.seen}, and callback.profile.after="
                f"{self.after} are to be taken first; set max_steps to more, or "
                "loop.steps_per_call, the steps of one program, to less"
            )

    def end(self) -> None:
        """Ends the trace, and shows what is in it."""
        began, self.began, self.done = self.began or 0, None, True
        try:
            engines.profiler().stop(self.folder, self.run_folder / TRACE)
            shutil.rmtree(self.folder, ignore_errors=True)
            self.show(trace.read(self.run_folder / TRACE), self.seen - began)
        except Exception as error:
            self.give_up(error)

    def show(self, rows: list[trace.Row], steps: int) -> None:
        """Prints what took the most time, and writes it down."""
        waits = [row for row in rows if row.name in trace.WAITING]
        rows = [row for row in rows if row.name not in trace.WAITING]
        total = sum(row.seconds for row in rows) or 1.0
        table = Table(title=f"{steps:,} steps on {keras.backend.backend()}, all threads together")
        parts = any(row.part for row in rows)
        table.add_column("what", overflow="fold")
        if parts:
            table.add_column("of", overflow="fold")
        for name in ("times", "ms", "share"):
            table.add_column(name, justify="right")

        def add(what: str, part: str, rows: list[trace.Row], whole: float | None = total) -> None:
            seconds = sum(row.seconds for row in rows)
            cells = [what, part] if parts else [what]
            cells += [f"{sum(row.count for row in rows):,}", f"{1e3 * seconds:,.2f}"]
            table.add_row(*cells, f"{seconds / whole:.1%}" if whole else "")

        for row in rows[:ROWS]:
            add(row.name, row.part, [row])
        if rows[ROWS:]:
            add("all else", "", rows[ROWS:])
        if waits:
            add("waiting for the above", "", waits, None)
        with open(self.run_folder / TABLE, "w", encoding="utf-8") as file:
            Console(file=file, width=WIDTH).print(table)
        console = Console()
        if not console.is_terminal:
            console.width = WIDTH
        console.print(table)
        print(f"trace: {self.run_folder / TRACE}, for https://ui.perfetto.dev")

    def give_up(self, error: Exception) -> None:
        """Says why there is no trace; the run goes on."""
        self.began, self.done = None, True
        log.warning(f"no trace of this run: {type(error).__name__}: {one_line(error)}")
