"""Which finished seeds are taken into a table: those of the data of the seeds that go on."""

import json

import pytest
from omegaconf import OmegaConf

from triceras.commands.finished_seeds import finished_before
from triceras.commands.seeds import of_seed
from triceras.config import compose
from triceras.runs import record

pytestmark = pytest.mark.once


@pytest.fixture
def config(tmp_path):
    return compose(["experiment=linear", f"output_dir={tmp_path}", "resume=auto"])


@pytest.fixture
def write_run(tmp_path, config):
    """Writes the files of a run of a seed, later ones in folders of later names."""
    written = []

    def write(seed, status, **facts):
        name = f"jax-custom-seed{seed}/20260101-00000{len(written)}-0123abcd"
        folder = tmp_path / "linear" / name
        folder.mkdir(parents=True)
        OmegaConf.save(of_seed(config, seed), folder / "config.yaml")
        record.update(folder, {"status": status, **facts})
        (folder / "summary.json").write_text(json.dumps({"metrics": {"val_loss": 1.0}}))
        written.append(folder)
        return folder

    return write


def found(config, seeds):
    """The folders of those that have finished, by seed."""
    before = finished_before([of_seed(config, seed) for seed in range(seeds)])
    return {seed: outcome.folder for seed, outcome in before.items()}


@pytest.mark.slow
def test_those_of_other_data_do_not_count(config, write_run):
    same = write_run(1, "finished", data_sha256="b")
    for seed in range(3):
        write_run(seed, "finished", data_sha256="a")
    write_run(0, "interrupted", data_sha256="b")
    assert found(config, 3) == {1: same}


@pytest.mark.slow
def test_one_that_ended_before_its_data_were_known_says_nothing_of_them(config, write_run, caplog):
    write_run(0, "interrupted")
    same = write_run(2, "finished", data_sha256="a")
    assert found(config, 3) == {}
    assert "the unfinished runs are not known to be of any data, so no seed counts" in caplog.text
    write_run(1, "interrupted", data_sha256="a")
    caplog.clear()
    assert found(config, 3) == {2: same}
    assert not caplog.text


@pytest.mark.slow
def test_where_those_that_go_on_are_of_several_data_sets_none_counts(config, write_run, caplog):
    write_run(0, "interrupted", data_sha256="a")
    write_run(1, "interrupted", data_sha256="b")
    write_run(2, "finished", data_sha256="a")
    assert found(config, 3) == {}
    assert "the unfinished runs are of several data sets, so no seed counts" in caplog.text


@pytest.mark.slow
def test_data_without_a_hash_are_compared_as_where_one_run_goes_on(config, write_run):
    write_run(0, "interrupted", data_sha256=None)
    same = write_run(1, "finished", data_sha256=None)
    write_run(2, "finished", data_sha256="a")
    assert found(config, 3) == {1: same}
