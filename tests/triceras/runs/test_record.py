import datetime

import pytest
from omegaconf import OmegaConf

from triceras.checkpoints.resume import check_same_data
from triceras.errors import UserError
from triceras.loops.recorder import NonFiniteLossError
from triceras.runs import record

pytestmark = pytest.mark.once


def test_update_adds_and_replaces(tmp_path):
    record.update(tmp_path, {"id": "a", "status": "running"})
    record.update(tmp_path, {"status": "finished", "wandb_id": "b"})
    assert record.read(tmp_path) == {"id": "a", "status": "finished", "wandb_id": "b"}


def test_now_has_a_zone():
    assert datetime.datetime.fromisoformat(record.now()).tzinfo is not None


@pytest.fixture
def config():
    return OmegaConf.create(
        {"experiment": "e", "seed": 0, "backend": {"name": "b"}, "loop": {"name": "l"}}
    )


def test_a_run_that_diverged_says_so_until_it_goes_on(tmp_path, config):
    record.end_early(tmp_path, "failed", NonFiniteLossError("the loss is not finite at step 3"))
    ended = record.read(tmp_path)
    assert (ended["status"], ended["diverged"]) == ("failed", True)
    record.begin(tmp_path, config, "sha", resumed=True)
    assert record.read(tmp_path)["diverged"] is False


def test_a_run_that_failed_of_something_else_has_not_diverged(tmp_path):
    record.end_early(tmp_path, "failed", UserError("the disk is full"))
    assert record.read(tmp_path)["diverged"] is False


def test_a_run_that_was_stopped_before_it_had_begun_begins(tmp_path, config):
    record.end_early(tmp_path, "interrupted", "SIGTERM")
    # Nothing is known of its data, so nothing has changed.
    check_same_data(tmp_path, "sha")
    record.begin(tmp_path, config, "sha", resumed=True)
    begun = record.read(tmp_path)
    assert (begun["id"], begun["status"], begun["error"]) == (tmp_path.name, "running", None)
    record.begin(tmp_path, config, "sha", resumed=True)
    assert record.read(tmp_path)["started"] == begun["started"]
    with pytest.raises(UserError, match="the data has changed"):
        check_same_data(tmp_path, "other")


def test_other_code_is_told_of_and_what_was_before_is_kept(tmp_path, config, monkeypatch, caplog):
    def now(commit, keras):
        found = {"git": {"commit": commit, "dirty": False}, "versions": {"keras": keras}}
        monkeypatch.setattr(record, "identity", lambda: found)

    now("a" * 40, "3.14")
    record.begin(tmp_path, config, "sha", resumed=False)
    record.begin(tmp_path, config, "sha", resumed=True)
    assert caplog.text == ""
    now("b" * 40, "3.15")
    record.begin(tmp_path, config, "sha", resumed=True)
    assert "with other code than before: commit aaaaaaaa -> bbbbbbbb, keras 3.14 -> 3.15" in (
        caplog.text
    )
    parts = record.read(tmp_path)["earlier_parts"]
    assert [part["versions"]["keras"] for part in parts] == ["3.14", "3.14"]
    assert record.read(tmp_path)["git"]["commit"] == "b" * 40
    # A folder that is in no repository has no commit.
    now(None, "3.15")
    caplog.clear()
    record.begin(tmp_path, config, "sha", resumed=True)
    assert caplog.text == ""
