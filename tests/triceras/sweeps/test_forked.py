import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from triceras.config import ROOT
from triceras.sweeps import forked
from triceras.sweeps.forked import ForkServer, can_fork
from triceras.sweeps.process import JobProcess
from triceras.testing.sweeps import wait_for_word

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes are not forked here")

SAYS = """
import os, sys
print("run:", __name__, *sys.argv[1:], os.environ["HERE"], os.getppid(), flush=True)
sys.stdin.buffer.read(1)
sys.exit(int(sys.argv[1]))
"""
WAITS = "import time; print('run: here', flush=True); time.sleep(60)"
FAILS = 'raise ImportError("no such framework")'


@pytest.fixture
def nothing_to_import(monkeypatch):
    """A server that is there at once."""
    monkeypatch.setattr(forked, "servers", {})
    server = forked.server("", {}, os.environ)
    yield server
    forked.end_servers()


@pytest.fixture
def start(tmp_path, nothing_to_import):
    def start(code, *words, server=nothing_to_import, **options):
        script = tmp_path / "script.py"
        script.write_text(code)
        command = [sys.executable, str(script), *words]
        return JobProcess(command, tmp_path / "job.log", fork=lambda _: server, **options)

    return start


@pytest.fixture
def busy(tmp_path):
    """A server that imports for a long time, or fails."""
    started = []

    def start(code):
        package = tmp_path / "first"
        package.mkdir(exist_ok=True)
        (package / "numpy.py").write_text(code)
        started.append(ForkServer("jax", {}, {**os.environ, "PYTHONPATH": str(package)}))
        return started[-1]

    yield start
    for server in started:
        server.process.kill()
        server.end()


@pytest.mark.once
@pytest.mark.parametrize("code", [0, 3])
def test_it_is_a_process_of_its_own_that_ends_by_itself(start, monkeypatch, code):
    monkeypatch.setenv("HERE", "not there yet when the server began")
    forked.end_servers()
    server = forked.server("", {}, os.environ)
    process = start(SAYS, str(code), "b", handed=b"", server=server)
    said = wait_for_word(process)
    assert said == f"__main__ {code} b {os.environ['HERE']} {server.process.pid}"
    # It may say its word before its server says its number.
    while process.process.pid is None:
        assert process.process.poll() is None
    assert os.getpgid(process.process.pid) == process.process.pid
    process.stdin.close()
    assert process.process.wait(60) == code
    assert process.close() == code


@pytest.mark.once
def test_it_is_told_and_dies_of_signals_as_any_process(start):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        process = start(WAITS)
        wait_for_word(process)
        process.send(number)
        code = process.close()
        # Python itself ends of Ctrl-C so that whoever waits knows.
        assert code == -number


@pytest.mark.once
def test_several_run_at_a_time_and_hold_what_they_are_to_hold(start):
    read, write = os.pipe()
    first, second = start(WAITS), start(WAITS, kept_open=[write])
    os.close(write)
    wait_for_word(first)
    wait_for_word(second)
    os.set_blocking(read, False)
    with pytest.raises(BlockingIOError):
        os.read(read, 1)
    second.kill_group()
    assert second.close() == -signal.SIGKILL
    os.set_blocking(read, True)
    assert os.read(read, 1) == b""
    os.close(read)
    assert first.process.poll() is None
    first.kill_group()
    first.close()


@pytest.mark.once
def test_one_for_which_the_server_imports_still_can_be_told(start, busy):
    server = busy("import time; time.sleep(60)")
    process = start(WAITS, server=server, handed=b"x" * 100_000)
    assert process.process.poll() is None
    assert process.process.pid is None
    process.tell("SIGTERM")
    assert process.process.wait(10) == -signal.SIGTERM
    assert process.close() == -signal.SIGTERM
    assert "run: " not in process.said


@pytest.mark.slow
@pytest.mark.once
def test_where_the_server_cannot_import_it_is_started_as_any_other(start, busy):
    process = start(SAYS, "0", server=busy(FAILS), handed=b"", environment={"HERE": "1"})
    assert wait_for_word(process) == f"__main__ 0 1 {os.getpid()}"
    process.stdin.close()
    assert process.close() == 0


@pytest.mark.slow
@pytest.mark.once
def test_more_than_a_pipe_holds_is_handed_over_to_whoever_comes(start, busy):
    code = "import sys; print('run:', len(sys.stdin.buffer.read(3_000_000)), flush=True)"
    process = start(code, server=busy(FAILS), handed=b"x" * 3_000_000)
    assert process.process.wait(20) == 0
    process.read("run: ")
    process.close()
    assert process.said["run: "] == "3000000"


@pytest.mark.once
def test_what_comes_before_it_can_hear_is_heard(start):
    for _ in range(20):
        process = start(WAITS)
        while process.process.pid is None:
            process.process.poll()
        process.tell("SIGTERM")
        assert process.close() == -signal.SIGTERM


@pytest.mark.once
def test_where_the_server_dies_it_goes_on_and_nobody_knows_how_it_ended(start, nothing_to_import):
    process = start(WAITS)
    wait_for_word(process)
    nothing_to_import.process.kill()
    nothing_to_import.process.wait()
    with pytest.raises(subprocess.TimeoutExpired):
        process.process.wait(0.05)
    assert not process.lost
    process.send(signal.SIGTERM)
    assert process.process.wait(10) == -signal.SIGKILL
    assert process.lost
    process.close()
    # Those that come later have another one.
    assert forked.server("", {}, os.environ) not in (nothing_to_import, None)


@pytest.mark.slow
@pytest.mark.once
def test_one_that_nobody_reaps_has_ended_all_the_same(tmp_path):
    """As where the command is the first process of a container."""
    script = tmp_path / "script.py"
    script.write_text("import time; time.sleep(0.5)")
    code = f"""
import ctypes, os, sys
from pathlib import Path
from triceras.sweeps import forked
from triceras.sweeps.process import JobProcess
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
server = forked.server("", {{}}, os.environ)
process = JobProcess([sys.executable, {str(script)!r}], Path({str(tmp_path / "log")!r}),
                     fork=lambda _: server)
while process.process.pid is None:
    process.process.poll()
server.process.kill()
server.process.wait()
print(process.process.wait(20), Path(f"/proc/{{process.process.pid}}/stat").read_text().split()[2])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "-9 Z\n", done.stderr


@pytest.mark.once
def test_a_script_imports_nothing_of_the_current_folder(start, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(forked, "servers", {})
    code = "import json, sys; print('run:', hasattr(json, 'loads'), sys.path[0], flush=True)"
    process = start(code, server=forked.server("", {}, os.environ))
    assert wait_for_word(process) == f"True {ROOT / 'scripts'}"
    process.close()
    forked.end_servers()


@pytest.mark.slow
@pytest.mark.once
def test_what_could_not_be_imported_is_not_tried_again(monkeypatch, tmp_path):
    monkeypatch.setattr(forked, "servers", {})
    (tmp_path / "numpy.py").write_text(FAILS)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    first = forked.server("jax", {}, environment)
    first.process.wait()
    assert forked.server("jax", {}, environment) is None
    assert list(forked.servers.values()) == [first]
    forked.end_servers()


@pytest.mark.once
def test_there_is_none_where_the_current_folder_is_no_more(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    assert forked.server("", {}, os.environ) is None


@pytest.mark.slow
@pytest.mark.once
def test_few_are_kept_that_have_nothing_to_do(start, nothing_to_import):
    process = start(WAITS)
    wait_for_word(process)
    made = [forked.server("", {"NUMBER": str(i)}, os.environ) for i in range(5)]
    assert list(forked.servers.values()) == [nothing_to_import, *made[-2:]]
    assert [each.process.poll() is None for each in made] == [False] * 3 + [True] * 2
    process.kill_group()
    process.close()


@pytest.mark.slow
@pytest.mark.once
def test_a_server_ends_with_the_process_that_started_it():
    code = """
import os
from triceras.sweeps import forked
print(forked.server("", {}, os.environ).process.pid, flush=True)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    path = Path("/proc", done.stdout.strip(), "stat")
    while path.exists() and path.read_text().split()[2] != "Z":
        time.sleep(0.02)


@pytest.mark.once
def test_nothing_is_forked_beside_an_accelerator(tmp_path, monkeypatch):
    monkeypatch.setattr(forked, "ACCELERATORS", (f"{tmp_path}/nvidia[0-9]*",))
    assert can_fork()
    (tmp_path / "nvidia0").touch()
    assert not can_fork()


@pytest.mark.slow
@pytest.mark.once
def test_one_serves_all_that_could_have_imported_the_same(nothing_to_import):
    environment = dict(os.environ)
    first = forked.server("", {}, environment)
    assert forked.server("", {}, environment) is first
    others = [
        forked.server("", {"XLA_FLAGS": "a"}, environment),
        forked.server("", {}, {**environment, "OMP_NUM_THREADS": "7"}),
    ]
    assert len({first, *others}) == 3


@pytest.mark.in_turn
@pytest.mark.slow
def test_a_run_that_is_forked_has_the_bits_of_any_and_the_server_no_thread(
    tmp_path, monkeypatch, backend, short
):
    monkeypatch.setattr(forked, "servers", {})
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    server = forked.server(backend, {}, environment)
    words = ["logger=csv", "figures=none", f"backend={backend}", f"output_dir={tmp_path}"]
    words += ["experiment=autoencoder", "max_steps=20"]
    command = [sys.executable, str(ROOT / "scripts" / "train.py"), *words]
    process = JobProcess(command, tmp_path / "job.log", fork=lambda _: server)
    try:
        process.stdin.close()
        assert process.process.wait(100) == 0, (tmp_path / "job.log").read_text()
        # What a framework's threads hold when others are forked is never let go there.
        assert len(os.listdir(f"/proc/{server.process.pid}/task")) == 1
    finally:
        process.close()
        forked.end_servers()
    (record,) = tmp_path.rglob("run.json")
    for name in ("steps.csv", "epochs.csv"):
        assert (record.parent / name).read_bytes() == (short.folder / name).read_bytes()
