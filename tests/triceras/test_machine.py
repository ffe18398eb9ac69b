from pathlib import Path

import pytest

from triceras import machine

pytestmark = pytest.mark.once

PROCESSOR = "processor\t: {}\nmodel name\t: {}\ncpu MHz\t\t: {}\nflags\t\t: fpu {}\n\n"


@pytest.fixture
def machine_id(tmp_path, monkeypatch):
    def find(*processors):
        path = tmp_path / "cpuinfo"
        if processors:
            path.write_text("".join(PROCESSOR.format(*processor) for processor in processors))
        monkeypatch.setattr(machine, "CPU_INFORMATION", path)
        return machine.machine_id.__wrapped__()

    return find


def test_what_a_compiler_may_use_tells_machines_apart(machine_id):
    one = machine_id((0, "A", 2000, "avx2"))
    assert len(one) == 8
    assert int(one, 16) >= 0
    assert machine_id((0, "A", 3000, "avx2"), (1, "A", 2100, "avx2")) == one
    assert machine_id((0, "A", 2000, "avx2 avx512f")) != one
    assert machine_id((0, "B", 2000, "avx2")) != one


def test_a_machine_that_does_not_describe_itself(machine_id):
    assert len(machine_id()) == 8


def test_names(tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    path.write_text(PROCESSOR.format(0, "Fast Chip", 2000, "avx2"))
    monkeypatch.setattr(machine, "CPU_INFORMATION", path)
    assert machine.processor() == "Fast Chip"
    path.unlink()
    assert machine.processor()
    assert machine.cores() >= 1


def test_the_folder_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path(machine.machine_folder(".cache"))
    assert folder == tmp_path / ".cache" / machine.machine_id()
