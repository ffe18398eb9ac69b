import pytest
from omegaconf import OmegaConf

from triceras.commands.words_of_run import with_keys_of_run

pytestmark = pytest.mark.once


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "a run, with a comma"
    folder.mkdir()
    OmegaConf.save({"data": {"path": "a.npz", "binarize": None}}, folder / "config.yaml")
    return f'resume="{folder}"'


def test_what_a_run_has_is_set_though_todays_configuration_lacks_it(run):
    words = [run, "data.path=b.npz", "data.binarize=fresh", "data.pth=b.npz", "seed=1"]
    assert with_keys_of_run(words) == [
        run,
        "++data.path=b.npz",
        "++data.binarize=fresh",
        "data.pth=b.npz",
        "seed=1",
    ]


@pytest.mark.parametrize("choice", ["data=mnist", "experiment=own"])
def test_data_that_are_chosen_have_keys_of_their_own(run, choice):
    words = [run, choice, "data.path=b.npz"]
    assert with_keys_of_run(words) == words


@pytest.mark.parametrize("resume", ["resume=auto", "resume=", "resume=[", "seed=1"])
def test_without_a_run_words_stay(resume):
    words = [resume, "data.path=b.npz"]
    assert with_keys_of_run(words) == words


def test_a_damaged_configuration_leaves_words_as_they_are(run, tmp_path):
    for text in ("{", "[]", "data: 3", ""):
        (tmp_path / "a run, with a comma" / "config.yaml").write_text(text)
        assert with_keys_of_run([run, "data.path=b.npz"]) == [run, "data.path=b.npz"]
