import pytest
from omegaconf import OmegaConf

from triceras.checkpoints import said_by_file
from triceras.checkpoints.data_form import as_the_run_wants
from triceras.checkpoints.said_by_file import counted, said_by
from triceras.config import compose
from triceras.errors import UserError
from triceras.runs import record

pytestmark = pytest.mark.once

FILES = {
    "plain": "_target_: a.load\nparts: null\npath: ???\ntest_size: 0.1\n",
    "old": "defaults: [plain]\npath: old.csv\nparts: {label: a}\n",
    "new": "defaults: [plain]\npath: new.csv\nparts: {label: b}\n",
    "newer": "defaults: [new]\ntest_size: 500\n",
}
OLD, NEW = (
    OmegaConf.create({"_target_": "a.load", "parts": {"label": name}, "test_size": 0.1})
    for name in "ab"
)


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    """Says of which file other data are."""
    for name, text in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    available = {name: tmp_path / f"{name}.yaml" for name in FILES}
    monkeypatch.setattr(said_by_file, "files", lambda group: available)
    return lambda name: monkeypatch.setattr(said_by_file, "chosen_in", lambda group: name)


def test_what_a_file_sets_itself_and_by_those_that_it_takes(chosen):
    assert said_by("plain") == said_by("unknown") == said_by(None) == set()
    assert said_by("new") == {"path", "parts"}
    assert said_by("newer") == {"path", "parts", "test_size"}


def test_what_the_run_s_own_file_sets_is_not_said_of_others_that_take_it(tmp_path, chosen):
    assert said_by("newer", "new") == {"test_size"}
    assert said_by("newer", "newer") == said_by("new", "newer") == set()
    record.update(tmp_path, {"data_choice": "new"})
    chosen("newer")
    own = OmegaConf.create({**NEW, "parts": {"label": "typed"}})
    assert as_the_run_wants(NEW, own, counted(tmp_path, NEW, own)).parts.label == "typed"


def test_other_data_count_as_their_file_says_and_their_own_as_the_run_had_them(tmp_path, chosen):
    record.update(tmp_path, {"data_choice": "old"})
    for name, label in (("new", "b"), ("old", "a"), ("plain", "a")):
        chosen(name)
        found = as_the_run_wants(NEW, OLD, counted(tmp_path, NEW, OLD))
        assert found.parts.label == label


def test_an_old_run_is_asked_what_counts_where_its_data_were_others(tmp_path, chosen):
    record.update(tmp_path, {})
    chosen("new")
    assert counted(tmp_path, OLD, OLD) == {"path", "parts"}
    with pytest.raises(UserError, match=r"data=new sets parts otherwise than the run .*parts="):
        counted(tmp_path, NEW, OLD)


@pytest.mark.slow
def test_a_run_knows_of_which_file_its_data_are(tmp_path):
    config = compose(["backend=jax", "data=digits"])
    record.begin(tmp_path, config, None, False)
    compose(["backend=jax"])
    record.begin(tmp_path, config, None, True)
    assert record.read(tmp_path)["data_choice"] == "digits"
