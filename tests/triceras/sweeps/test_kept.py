import pytest
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf, open_dict

from triceras.config import compose
from triceras.errors import UserError
from triceras.sweeps.kept import FILE, keep, kept

pytestmark = pytest.mark.once


@pytest.fixture
def hydra(monkeypatch):
    """What Hydra says of the third job of a sweep."""
    compose(["seed=5"])
    root = HydraConfig.instance().cfg.copy()
    OmegaConf.set_readonly(root.hydra, False)
    with open_dict(root):
        root.hydra.job.num, root.hydra.job.id = 2, "2"
        root.hydra.overrides.task = ["seed=5", "data.token=sesame-open"]
    return root


def there_and_back(folder, hydra, content, composed=None):
    """What is read of what was kept, on a machine where Hydra says something else."""
    config = OmegaConf.merge(OmegaConf.create(content), hydra)
    OmegaConf.set_cache(config, {"now": {("%H",): "12"}})
    keep(folder, config)
    compose([])
    other = HydraConfig.instance().cfg
    return kept(folder, OmegaConf.create(composed or {}), other)


def test_it_is_what_was_composed(tmp_path, hydra):
    content = {
        "whole": 3,
        "small": 1e-30,
        "weights": {0: 1.0, 1: None},
        "text": "1e-3",
        "as_typed": r"\${x}",
        "later": "${oc.env:LATER}",
        "hour": "${now:%H}",
        "missing": "???",
        "list": [1, "a", {"b": True}],
    }
    config, root = there_and_back(tmp_path, hydra, content)
    assert OmegaConf.to_container(config, resolve=False) == content
    assert config.hour == "12"
    assert (root.hydra.job.num, root.hydra.job.name) == (2, hydra.hydra.job.name)
    assert root.hydra.runtime.output_dir == str(tmp_path)
    assert list(root.hydra.overrides.task) == ["seed=5", "data.token=***"]
    with pytest.raises(Exception, match="not in struct"):
        config.unknown  # noqa: B018


def test_secrets_are_not_kept_but_told_again(tmp_path, hydra):
    content = {"data": {"token": "sesame-open", "list": ["a", "hf_" + 20 * "x", "b"]}}
    composed = {"data": {"token": "other", "list": ["a", "c", "b"]}}
    config, _ = there_and_back(tmp_path, hydra, content, composed)
    assert config == composed
    text = (tmp_path / FILE).read_text()
    assert "sesame" not in text
    assert "hf_" not in text
    with pytest.raises(UserError, match=r"data\.token looks like a secret, so it was not kept"):
        kept(tmp_path, OmegaConf.create({"data": {"list": []}}), hydra)


def test_a_damaged_file_is_named(tmp_path, hydra):
    (tmp_path / FILE).write_text("config: [")
    with pytest.raises(UserError, match=r"job\.yaml cannot be read"):
        kept(tmp_path, OmegaConf.create({}), hydra)
