"""What stops sweeps half-way, on a script whose runs take no time."""

import pytest

from triceras.config import ROOT
from triceras.testing import sweeps as testing

pytestmark = [pytest.mark.once, pytest.mark.slow]

# It stands for scripts/train.py, and for its runs, which end with their sweep as those do.
PROGRAM = """
import os, runpy, sys
from pathlib import Path

here = Path(__file__).parents[1]
if os.environ.get("TRICERAS_JOB"):
    import json, signal, threading, time

    words = dict(word.partition("=")[::2] for word in sys.argv[1:])
    folder = Path(words.get("resume") or here / f"run-{words['seed']}-{os.getpid()}")
    folder.mkdir(exist_ok=True)

    def note(status, code, **more):
        (folder / "config.yaml").touch()
        (folder / "run.json").write_text(json.dumps({"status": status, **more}))
        if code is not None:
            os._exit(code)

    signal.signal(signal.SIGTERM, lambda *_: note("interrupted", 75))
    signal.signal(signal.SIGINT, lambda *_: note("interrupted", 75))
    note("running", None, resumptions=["resume" in words] * ("resume" in words))
    print(f"run: {folder}", flush=True)
    watch = lambda: (sys.stdin.buffer.read(), os.kill(os.getpid(), signal.SIGTERM))
    threading.Thread(target=watch, daemon=True).start()
    time.sleep(0.5)
    if words["seed"] == "9":
        print("error: it cannot be done", flush=True)
        note("failed", 1, error="it cannot be done")
    note("finished", 0, resumptions=["resume" in words] * ("resume" in words))

from triceras.sweeps import job

job.ROOT = here
sys.argv[0] = ORIGINAL
runpy.run_path(ORIGINAL, run_name="__main__")
"""


def test_a_sweep_that_is_stopped_in_every_way_ends_with_all_done(monkeypatch, bare):
    program = bare.folder / "scripts" / "train.py"
    program.write_text(PROGRAM.replace("ORIGINAL", repr(str(ROOT / "scripts" / "train.py"))))
    monkeypatch.setattr(testing, "TRAIN", program)
    words = ["seed=0,9,1,2,3,4,5,6", "hydra/launcher=local", "hydra.launcher.n_jobs=2"]
    result = testing.stop_sweep(words, bare.folder)
    assert result.codes == [75, 75, -9, 1]
    assert result.counts == {"finished": 7, "failed": 1}
    assert (result.named, result.twice, result.left) == (1, [], [])
    assert result.gone_on > 0
