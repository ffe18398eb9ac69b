import datetime

import pytest

from triceras.runs import record

pytestmark = pytest.mark.once


def test_update_adds_and_replaces(tmp_path):
    record.update(tmp_path, {"id": "a", "status": "running"})
    record.update(tmp_path, {"status": "finished", "wandb_id": "b"})
    assert record.read(tmp_path) == {"id": "a", "status": "finished", "wandb_id": "b"}


def test_now_has_a_zone():
    assert datetime.datetime.fromisoformat(record.now()).tzinfo is not None
