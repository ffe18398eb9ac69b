"""A sweep's own settings, in a file that is chosen by name."""

import pytest

from triceras.testing import small

pytestmark = [pytest.mark.once, pytest.mark.slow]

FILE = """# @package _global_
defaults:
  - override /hydra/sweeper: basic
hydra:
  sweeper:
    max_batch_size: 1
"""


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    """A project with a sweep of its own choice, and another one that says nothing."""
    conf = tmp_path / "conf"
    (conf / "sweep").mkdir(parents=True)
    for path in small.CONF.iterdir():
        (conf / path.name).symlink_to(path)
    (conf / "sweep" / "one_by_one.yaml").write_text(FILE)
    (conf / "sweep" / "empty.yaml").write_text("# @package _global_\n")
    monkeypatch.setenv("TRICERAS_CONF", str(conf))


def test_what_a_file_says_of_the_sweep_takes_effect(sweeps, chosen):
    done = sweeps.begin("seed=0,2", "sweep=one_by_one")
    # They were both planned before the first, which ended the sweep, had begun.
    assert done.returncode == 75
    assert sweeps.statuses() == ["finished", "interrupted"]
    written = (sweeps.sweep / "multirun.yaml").read_text()
    assert "max_batch_size: 1" in written


def test_one_of_several_comes_too_late_and_is_refused(sweeps, chosen):
    done = sweeps.begin("seed=0", "sweep=empty,one_by_one")
    assert done.returncode == 1
    assert "sweep=one_by_one would set hydra.sweeper (" in done.stderr
    assert "max_batch_size: None -> 1), which comes too late" in done.stderr
    assert "type hydra/sweeper= and what it is to be" in done.stderr
    assert not (sweeps.folder / "began").exists()
