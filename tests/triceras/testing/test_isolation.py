import logging

import keras
from hydra.core.hydra_config import HydraConfig

from triceras.config import compose
from triceras.random.install import install, is_installed
from triceras.runs.log import write_log_to
from triceras.testing.isolation import put_back_for_a_file, put_back_for_a_test


def test_what_a_test_has_left_changed_is_put_back():
    keras.config.disable_traceback_filtering()
    compose()
    assert HydraConfig.initialized()
    put_back_for_a_test()
    assert keras.config.is_traceback_filtering_enabled()
    assert not HydraConfig.initialized()


def test_what_a_run_has_left_changed_is_put_back(tmp_path):
    logger = logging.getLogger("triceras")
    install()
    handler = write_log_to(tmp_path / "train.log")
    put_back_for_a_file()
    assert not is_installed()
    assert logger.propagate
    assert logger.level == logging.NOTSET
    assert not logger.handlers
    handler.close()
