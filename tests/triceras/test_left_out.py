"""`left_out`: what an experiment sets of its own data, where others were chosen."""

import logging

import pytest

from triceras.config import compose

pytestmark = pytest.mark.once


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """A project whose experiment says how its own data come."""
    for name, text in {
        "train": "defaults: [run, _self_, data: bars, experiment: plain]\nproject: p\n",
        "data/bars": "_target_: a.load\nbinarize: null\nlimit: null\n",
        "data/more_bars": "defaults: [bars]\n_target_: a.more\n",
        "data/points": "_target_: b.load\nlimit: null\n",
        "experiment/plain": "# @package _global_\ndata: {binarize: fresh, limit: 3}\n",
    }.items():
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("TRICERAS_CONF", str(tmp_path))


def composed(*words):
    return dict(compose(words).data)


@pytest.mark.slow
def test_the_experiment_s_own_data_keep_its_settings(conf, caplog):
    with caplog.at_level(logging.WARNING):
        assert composed()["binarize"] == "fresh"
        assert composed("data=bars")["binarize"] == "fresh"
        # A file of which it takes the rest.
        assert composed("data=more_bars") == {"_target_": "a.more", "binarize": "fresh", "limit": 3}
    assert not caplog.text


def test_other_data_are_built_without_what_they_do_not_know(conf, caplog):
    with caplog.at_level(logging.WARNING):
        assert composed("data=points") == {"_target_": "b.load", "limit": 3}
    assert "data.binarize of experiment=plain is left out, as data=points has no" in caplog.text


def test_what_was_typed_is_for_the_data_to_refuse(conf):
    assert composed("data=points", "+data.size=2")["size"] == 2
    assert composed("data=points", "data.binarize=fixed")["binarize"] == "fixed"
