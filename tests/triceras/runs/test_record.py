import datetime

import pytest
from omegaconf import OmegaConf

from triceras.checkpoints.resume import check_same_data
from triceras.errors import UserError
from triceras.runs import record

pytestmark = pytest.mark.once


def test_update_adds_and_replaces(tmp_path):
    record.update(tmp_path, {"id": "a", "status": "running"})
    record.update(tmp_path, {"status": "finished", "wandb_id": "b"})
    assert record.read(tmp_path) == {"id": "a", "status": "finished", "wandb_id": "b"}


def test_now_has_a_zone():
    assert datetime.datetime.fromisoformat(record.now()).tzinfo is not None


def test_a_run_that_was_stopped_before_it_had_begun_begins(tmp_path):
    config = OmegaConf.create(
        {"experiment": "e", "seed": 0, "backend": {"name": "b"}, "loop": {"name": "l"}}
    )
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
