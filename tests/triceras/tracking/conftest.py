"""What the tests of trackers share."""

import http.server
import json
import logging
import threading

import numpy as np
import pytest
from matplotlib.figure import Figure

CONFIG = {"seed": 3, "optimizer": {"learning_rate": 1e-3}, "hf_token": "a secret of the config"}
SUMMARY = {"status": "finished", "steps": 40, "metrics": {"val_loss": 0.25}}
LOSSES = np.linspace(1, 0.5, 200, dtype="float32")


@pytest.fixture(scope="session")
def run():
    """What `run.json` holds when a tracker starts."""
    return {
        "id": "20260101-120000-0123abcd",
        "status": "running",
        "experiment": "deep/classifier",
        "backend": "jax",
        "loop": "custom",
        "seed": 3,
        "wandb_id": None,
    }


@pytest.fixture(scope="session")
def make_folder(run):
    """Makes a run folder with `run.json`, a figure, a text and a checkpoint."""

    def make(folder):
        (folder / "figures").mkdir(parents=True)
        (folder / "checkpoints").mkdir()
        (folder / "run.json").write_text(json.dumps(run))
        figure = Figure(figsize=(2, 1), dpi=50)
        figure.subplots().plot([1, 2])
        figure.savefig(folder / "figures" / "curve.png")
        (folder / "model.txt").write_text("dense  (8, 2)\n  kernel\n")
        (folder / "checkpoints" / "last.keras").write_bytes(b"the weights" * 100)
        return folder

    return make


@pytest.fixture(scope="session")
def record_run():
    """Tells a tracker of a run: epochs of 20 steps, a figure after each, a text, a checkpoint."""

    def record(tracker, folder, run, status="finished", epochs=range(2)):
        tracker.start(folder, CONFIG, run)
        tracker.log_text("model", folder / "model.txt")
        for epoch in epochs:
            for first in range(20 * epoch, 20 * epoch + 20, 8):
                losses = LOSSES[first : min(first + 8, 20 * epoch + 20)]
                tracker.log_steps(first, {"loss": losses, "running_loss": losses + 1})
            step = 20 * epoch + 20
            tracker.log_epoch(epoch, step, {"loss": 0.5 - epoch / 8, "val_loss": 0.25})
            tracker.log_figure("curve", folder / "figures" / "curve.png", step)
            tracker.sync()
        if status is not None:
            tracker.finish(status, SUMMARY, folder / "checkpoints" / "last.keras")

    return record


@pytest.fixture
def folder(tmp_path, make_folder):
    return make_folder(tmp_path / "run")


@pytest.fixture
def warnings_given(caplog, monkeypatch):
    """Returns what the package has warned of so far, a list of messages."""
    # A run that logs to its file keeps its messages from everyone else.
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)
    return lambda: [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


class WandbServer(http.server.ThreadingHTTPServer):
    """Answers as much as W&B asks of its server in a small run, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), WandbRequest)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.queries: list[dict] = []
        self.history: list[dict] = []
        self.mute = threading.Event()
        self.stopped = threading.Event()

    def answer(self, query):
        variables = query["variables"] or {}
        if "upsertBucket" in query["query"]:
            project = {"name": "triceras", "entity": {"name": "me"}}
            bucket = {"id": "1", "name": variables["name"], "project": project}
            return {"upsertBucket": {"bucket": bucket, "inserted": True}}
        if "createRunFiles" in query["query"]:
            files = [{"name": n, "uploadUrl": self.address + "/file"} for n in variables["files"]]
            return {"createRunFiles": {"runID": "1", "uploadHeaders": [], "files": files}}
        return {}


class WandbRequest(http.server.BaseHTTPRequestHandler):
    server: WandbServer

    def log_message(self, format, *args):
        pass

    def do_POST(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.mute.is_set():
            self.server.stopped.wait()
            return
        answer = {}
        if self.path == "/graphql":
            query = json.loads(content)
            self.server.queries.append(query)
            answer = {"data": self.server.answer(query)}
        elif self.path.endswith("/file_stream"):
            files = json.loads(content).get("files") or {}
            lines = files.get("wandb-history.jsonl", {}).get("content", [])
            self.server.history += [json.loads(line) for line in lines]
        reply = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def do_PUT(self):
        self.do_POST()


@pytest.fixture
def wandb_server():
    server = WandbServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()
