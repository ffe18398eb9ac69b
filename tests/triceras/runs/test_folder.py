import json
import os
import re
import threading
from pathlib import Path

import pytest

from triceras.config import compose
from triceras.errors import UserError
from triceras.runs import folder as module
from triceras.runs.folder import check_place, create_run_folder, replacing, write_json

pytestmark = pytest.mark.once


def test_folder_is_named_by_the_contract(tmp_path):
    folder = create_run_folder(tmp_path, "deep/classifier", "jax-custom-seed0")
    assert folder.parent == tmp_path / "deep" / "classifier" / "jax-custom-seed0"
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", folder.name)
    assert (folder / "checkpoints").is_dir()
    assert (folder / "figures").is_dir()


def test_a_folder_of_hydra_is_refused(capsys):
    check_place()
    compose(["experiment=linear"])
    check_place()
    compose(["experiment=linear", "hydra.run.dir=mine"])
    with pytest.raises(UserError, match=r"^hydra\.run\.dir=mine has no effect: .* output_dir="):
        check_place()


def test_runs_of_the_same_second_never_share_a_folder(tmp_path):
    folders = []
    threads = [
        threading.Thread(target=lambda: folders.append(create_run_folder(tmp_path, "x", "y")))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 50


def test_read_only_folder_gets_one_line(tmp_path, monkeypatch):
    # Simulated, because root may write everywhere.
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(
        UserError, match=r"cannot write the run folder .* Permission denied; choose"
    ):
        create_run_folder(tmp_path, "x", "y")


def test_file_in_the_place_of_a_folder_gets_one_line(tmp_path):
    (tmp_path / "outputs").write_text("")
    with pytest.raises(UserError, match=r"cannot write the run folder .* Not a directory; choose"):
        create_run_folder(tmp_path / "outputs", "x", "y")


def test_write_json_reads_back(tmp_path):
    write_json(tmp_path / "a.json", {"a": [1, None], "path": tmp_path})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [1, None], "path": str(tmp_path)}


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})

    def write_half():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_new_file_is_on_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(module.os, "fsync", lambda descriptor: calls.append("fsync"))
    replace = os.replace
    monkeypatch.setattr(module.os, "replace", lambda *a: (calls.append("replace"), replace(*a)))
    write_json(tmp_path / "a.json", {})
    # The last one is of the folder, which holds the name.
    assert calls == ["fsync", "replace", "fsync"]
