"""Scripts that are run in this process, which has imported what they need."""

import contextlib
import io
import runpy
import sys
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock


def run_here(script: Path, *arguments: object) -> CompletedProcess[str]:
    """Runs a script as `python <script>` does, and catches what it prints and its exit code.

    Args:
        script: its file.
        *arguments: what is typed after its name.
    """
    words = [str(script), *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with (
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            runpy.run_path(words[0], run_name="__main__")
        except SystemExit as end:
            code = end.code
    if isinstance(code, str):
        print(code, file=err)
    number = code if isinstance(code, int) else int(code is not None)
    return CompletedProcess(words, number, out.getvalue(), err.getvalue())
