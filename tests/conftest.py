"""One process tests one backend: the one that KERAS_BACKEND names, else the first installed."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # two backends are tested at a time
os.environ["WANDB_MODE"] = "offline"
os.environ["WANDB_SILENT"] = "true"
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # What a shell begins in the background goes without Ctrl-C, and so would all that tests begin.
    signal.signal(signal.SIGINT, signal.default_int_handler)

import triceras

if Path(triceras.__file__).resolve().parents[2] != Path(__file__).resolve().parents[1]:
    # With the environment of another clone, what lies there would be tested.
    other = Path(triceras.__file__).resolve().parents[2]
    pytest.exit(f"this Python has the triceras of {other}: use .venv/bin/python, or make test", 1)

from triceras.backend import installed
from triceras.commands import ending
from triceras.lean_keras import keep_lean
from triceras.machine import machine_folder
from triceras.testing import quick_programs, small
from triceras.testing.composing import compose_each_once
from triceras.testing.in_turn import MARK as TURNS
from triceras.testing.in_turn import ON_EACH, left_to_others, note
from triceras.testing.inherited import evidence
from triceras.testing.isolation import put_back_for_a_file, put_back_for_a_test
from triceras.testing.kept_programs import keep_for_this_process
from triceras.testing.seeds import keep_kernels, set_seeds, shuffled_in_groups
from triceras.testing.sessions import FAST_IN_TURN, IN_TURN, ONCE, is_once
from triceras.testing.steady_programs import (
    count_anew,
    note_one_place,
    trace_what_is_shared,
)

# As in a run: it is a second or two of each session.
keep_lean()

# Many tests train the same programs, and so do the next session and the next clone.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "triceras-tests"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", machine_folder(str(CACHE)) + "/jax")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("TRICERAS_TENSORFLOW_CACHE_DIR", machine_folder(str(CACHE)) + "/tensorflow")
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", machine_folder(str(CACHE)) + "/inductor")

# Another one than 0 gives the tests other random numbers, and another order.
SEED = int(os.environ.get("TRICERAS_SEED", 0))
ENGINE_ROOM = Path(__file__).parent / "triceras"
# Of the engine room, what has its own code for each backend, or says that their numbers are one.
OF_EACH_BACKEND = tuple(ENGINE_ROOM / name for name in ("engines", "parity", "random"))
# Of JAX, these are compiled as in any run, and those of whole runs: all that is exact to the bit.
AS_IN_A_RUN = (*OF_EACH_BACKEND, ENGINE_ROOM / "integration")

# Here and not in pyproject.toml, so that they come along with the engine room's tests.
MARKERS = (
    "once: its subject is the same on all backends, so one process of the three runs it",
    "keras_internals: rests on private parts of Keras, so CI runs it on the oldest and the newest",
    "slow: a quarter of a second or more; run by `make test` and CI, left out by `make test-fast`",
    "slow_on(*backends): slow, but on these backends alone",
    "on_each: run on each backend in the fast half too, where others are run on one in turn",
    "in_turn(*backends): where several are tested on one machine, each of its cases is run on one",
)

BACKENDS = installed()
os.environ.setdefault("KERAS_BACKEND", BACKENDS[0])
# XLA took more than half of what a test of a small model did, and a third of it to optimize.
of_tensorflow = os.environ["KERAS_BACKEND"] == "tensorflow"
told_tensorflow = keep_for_this_process(bool(os.environ.get(IN_TURN))) if of_tensorflow else None


def within(item: pytest.Item, folders: tuple[Path, ...]) -> bool:
    """Whether a test is in one of some folders."""
    return any(item.path.is_relative_to(folder) for folder in folders)


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_report_header() -> str:
    return f"backend: {os.environ['KERAS_BACKEND']}"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Passes over files of which this process runs nothing: half of them, which it would import."""
    left = os.environ.get(ONCE) == "apart" and collection_path.name.startswith("test_")
    return True if left and is_once(collection_path) else None


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at marks
def pytest_collection_modifyitems(config, items):
    """Leaves tests marked `once` to one process, and those marked `in_turn` to one backend.

    See `ONCE` and `IN_TURN` in `triceras.testing.sessions`.
    """
    for item in items:
        if any(os.environ["KERAS_BACKEND"] in mark.args for mark in item.iter_markers("slow_on")):
            item.add_marker("slow")
        if within(item, OF_EACH_BACKEND):
            item.add_marker(ON_EACH)
    first = os.environ["KERAS_BACKEND"] == BACKENDS[0]
    wanted = {"alone": {True}, "apart": {False}}
    kinds = wanted.get(os.environ.get(ONCE, ""), {True, False} if first else {False})
    kept = [item for item in items if bool(item.get_closest_marker("once")) in kinds]
    sharing = [name for name in os.environ.get(IN_TURN, "").split(",") if name]
    fast = FAST_IN_TURN in os.environ
    others = set(left_to_others(items, os.environ["KERAS_BACKEND"], sharing, fast))
    if sharing and True not in kinds and (left := evidence.folder()):
        note(items, os.environ["KERAS_BACKEND"], left / TURNS, fast)
    kept = [item for item in kept if item not in others]
    run_here = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in run_here])
    items[:] = shuffled_in_groups(kept, lambda item: item.path, SEED) if SEED else kept


def pytest_collection_finish():
    """Leaves what was imported so far, of which nothing is ever freed, to no garbage collection.

    Keras collects garbage for each model that begins anew, and looks at all that a framework holds.
    What Python collects of its own accord, it looks for less often: each time it sees all programs.
    """
    if "keras" in sys.modules:
        from triceras.engines import mend_fit

        mend_fit()  # Keras's own `fit` as well, which loops are compared with
        quick_programs.install()
    if told_tensorflow:
        told_tensorflow()
        note_one_place()
        trace_what_is_shared()
    keep_kernels()
    compose_each_once()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session) -> Iterator[None]:
    """Ends the process, once pytest has, without freeing one by one the programs of all tests."""
    yield
    if Path(sys.argv[0]).parent.name == "pytest":
        ending.soon(int(session.exitstatus))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem) -> Iterator[None]:
    """Seeds each test, with the fixtures that it is the first to need.

    It lets the engine room's tests see its own small experiments in the place of the project's.
    """
    put_back_for_a_test()
    set_seeds(SEED)
    if told_tensorflow:
        count_anew(item.nodeid)
    quick_programs.Choice.all = IN_TURN in os.environ and not within(item, AS_IN_A_RUN)
    if item.path.is_relative_to(ENGINE_ROOM):
        os.environ["TRICERAS_CONF"] = str(small.CONF)
    try:
        return (yield)
    finally:
        os.environ.pop("TRICERAS_CONF", None)
        if nextitem is None or nextitem.path != item.path:
            put_back_for_a_file()


@pytest.fixture(scope="session")
def backend() -> str:
    """The backend of this process."""
    return os.environ["KERAS_BACKEND"]
