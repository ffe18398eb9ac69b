"""Keeps W&B from importing what a run has no use for: a second of each run's time."""

import functools
import sys
from typing import Any


def keep_lean(wandb: Any) -> None:
    """Has W&B ask first whether somebody else has imported what it would look into.

    It imports what starts jobs on other machines to see whether anything was staged there, and
    pandas to see whether a number is a table.

    Args:
        wandb: the package.
    """
    run, util = wandb.sdk.wandb_run.Run, wandb.util
    run._detect_and_apply_job_inputs = where_imported(
        "wandb.sdk.launch.inputs.internal", run._detect_and_apply_job_inputs, None
    )
    util.is_pandas_data_frame = where_imported("pandas", util.is_pandas_data_frame, False)


def where_imported(module: str, function: Any, otherwise: Any) -> Any:
    """A function that is called where a module is there already, as it imports it.

    Args:
        module: its name.
        function: to be called.
        otherwise: what it returns where the module is not there.
    """
    if hasattr(function, "__wrapped__"):
        return function

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        return function(*arguments) if module in sys.modules else otherwise

    return call
