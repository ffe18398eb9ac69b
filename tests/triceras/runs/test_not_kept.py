import pytest

from triceras.runs import not_kept, record

pytestmark = pytest.mark.once


def test_what_looks_like_a_secret_is_told_of_before_and_after(tmp_path, caplog):
    record.update(tmp_path, {"id": "a"})
    network = {"client_secret": "scale it", "units": 3}
    not_kept.note(tmp_path, {"model": {"network": network}, "logger": {"api_key": "none"}})
    assert "model.network.client_secret looks like a secret, and is not kept" in caplog.text
    caplog.clear()
    not_kept.tell(tmp_path)
    assert "model.network.client_secret of" in caplog.text
    assert "api_key" not in caplog.text


def test_a_run_that_keeps_all_says_nothing(tmp_path, caplog):
    record.update(tmp_path, {"id": "a"})
    not_kept.note(tmp_path, {"model": {"units": 3}})
    not_kept.tell(tmp_path)
    not_kept.tell(tmp_path / "none")
    assert not caplog.text
