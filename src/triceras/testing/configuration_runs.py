"""Runs commands one after the other in one process, and says how each of them ended."""

import contextlib
import csv
import gc
import io
import json
import math
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from triceras.commands.messages import FULL_ERROR, message
from triceras.config import own_folder, prepare_hydra
from triceras.errors import UserError
from triceras.left_out import leave_out
from triceras.testing.configurations import STEPS
from triceras.words import with_quoted_paths

SECONDS = 240
# How a command ended: well, in one line, or as none should.
FINISHED, REFUSED, WRONG = "finished", "refused", "wrong"


def outcome(words: Sequence[str], folder: Path) -> dict[str, Any]:
    """Runs a command in this process.

    Args:
        words: of its command line.
        folder: where its run folder goes.

    Returns:
        Its words, `status`, `message`, `seconds` and the `losses` of its steps.
    """
    began = time.perf_counter()
    printed = io.StringIO()
    result: dict[str, Any] = {"words": list(words), "losses": []}
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            faults, losses = run([*words, f"output_dir={folder}"])
        result |= {"status": WRONG if faults else FINISHED, "losses": losses}
        result["message"] = "; ".join(faults)
    except TimeoutError:
        result |= {"status": WRONG, "message": f"it did not end in {SECONDS} s"}
    except UserError as error:
        said = str(error)
        result |= {"status": WRONG if "\n" in said else REFUSED, "message": said}
    except Exception as error:
        said = message(error, words)
        refused = FULL_ERROR not in said and "\n" not in said
        result |= {"status": REFUSED if refused else WRONG, "message": said}
    if "Traceback" in printed.getvalue():
        result |= {"status": WRONG, "message": f"it printed a traceback; {result['message']}"}
    return result | {"seconds": round(time.perf_counter() - began, 1)}


def run(words: Sequence[str]) -> tuple[list[str], list[float]]:
    """Trains what words describe; returns what is wrong with the run, and its losses."""
    config = composed(with_quoted_paths(words))
    wanted = OmegaConf.to_container(config, resolve=True)
    from triceras.commands.train import train

    done = train(config)
    with open(done.folder / "steps.csv") as file:
        rows = list(csv.DictReader(file))
    losses = [float(row["loss"]) for row in rows if "loss" in row]
    saved = OmegaConf.to_container(OmegaConf.load(done.folder / "config.yaml"))
    faults = [f"{key} is not what was typed" for key in differing(wanted, saved)]
    if not 1 <= done.summary["steps"] <= STEPS:
        faults.append(f"{done.summary['steps']} steps were taken")
    if not all(map(math.isfinite, losses)):
        faults.append(f"losses are {losses}")
    return faults, losses


def differing(wanted: Any, saved: Any) -> list[str]:
    """The top-level keys in which a run's configuration is not that which was composed."""
    return [
        key
        for key, value in wanted.items()
        if key not in ("tests", "data", "model") and json.dumps(value) != json.dumps(saved.get(key))
    ]


def composed(words: Sequence[str]) -> DictConfig:
    """What the command line would make of words: references are not resolved yet."""
    prepare_hydra()
    GlobalHydra.instance().clear()
    with hydra.initialize_config_dir(str(own_folder()), version_base="1.3"):
        config = hydra.compose("train", list(words), return_hydra_config=True)
    HydraConfig.instance().set_config(config)
    config = config.copy()
    with open_dict(config):
        del config["hydra"]
    leave_out(config)
    return config


def tidy_up() -> None:
    """Leaves nothing of a run to the next one."""
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.config.set_dtype_policy("float32")
        keras.utils.clear_session()
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    gc.collect()


def main() -> None:
    """Reads commands, JSON lists, a line each, and writes what became of each."""

    def give_up(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    folder, answers = Path(sys.argv[1]), sys.stdout
    for line in sys.stdin:
        signal.alarm(SECONDS)
        result = outcome(json.loads(line), folder)
        signal.alarm(0)
        print(json.dumps(result), file=answers, flush=True)
        tidy_up()


if __name__ == "__main__":
    main()
