import logging
import os
from types import SimpleNamespace

import pytest

from triceras.patching import environment, patched, silent_below

pytestmark = pytest.mark.once


class Base:
    @staticmethod
    def speak():
        return "base"


class Heir(Base):
    pass


@pytest.mark.parametrize("owner", [Base, Heir])
def test_a_method_is_another_one_meanwhile(owner):
    with patched(owner, "speak", lambda self: "patched"):
        assert Heir().speak() == "patched"
    assert Heir().speak() == Base.speak() == "base"
    assert "speak" not in vars(Heir)


def test_it_is_taken_back_after_an_error():
    module = SimpleNamespace(size=1)
    with pytest.raises(ZeroDivisionError), patched(module, "size", 0):
        1 / module.size
    assert module.size == 1


def test_the_environment_is_afterwards_as_before(monkeypatch):
    monkeypatch.setenv("TRICERAS_TEST_SET", "before")
    with environment(TRICERAS_TEST_SET="meanwhile", TRICERAS_TEST_UNSET="meanwhile"):
        assert os.environ["TRICERAS_TEST_SET"] == os.environ["TRICERAS_TEST_UNSET"] == "meanwhile"
        os.environ["TRICERAS_TEST_WITHIN"] = "by somebody else"
    assert os.environ["TRICERAS_TEST_SET"] == "before"
    assert not {"TRICERAS_TEST_UNSET", "TRICERAS_TEST_WITHIN"} & set(os.environ)


def test_a_logger_is_silent_meanwhile(caplog):
    logger = logging.getLogger("triceras.test_patching")
    with silent_below(logger, logging.ERROR):
        logger.warning("meanwhile")
        logger.error("grave")
    logger.warning("afterwards")
    with silent_below(logger, logging.NOTSET):
        logger.warning("still")
    assert caplog.messages == ["grave", "afterwards", "still"]
