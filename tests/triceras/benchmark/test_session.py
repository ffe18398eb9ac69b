import pytest
from omegaconf import OmegaConf

from triceras.benchmark.session import Session
from triceras.kept_tensorflow import DIRECTORY, FLAGS

pytestmark = pytest.mark.once


def test_each_cache_is_told_beside_the_flags_of_the_shell(tmp_path, monkeypatch):
    monkeypatch.setenv(FLAGS, "--tf_xla_max_cluster_size=9")
    monkeypatch.setattr("glob.glob", lambda pattern: [])

    def told(backend):
        config = {"benchmark": {"environment": {}}, "backend": {"name": backend, "environment": {}}}
        return Session(tmp_path, OmegaConf.create(config), []).with_cache(tmp_path / "cache")

    assert told("jax")["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "cache")
    assert told("jax")[FLAGS] == "--tf_xla_max_cluster_size=9"
    wanted = f'--tf_xla_max_cluster_size=9 {DIRECTORY}="{tmp_path / "cache"}"'
    assert told("tensorflow")[FLAGS] == wanted
