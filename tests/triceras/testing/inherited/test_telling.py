import pytest

from triceras.errors import UserError
from triceras.testing.inherited.configuration import UntestableError
from triceras.testing.inherited.subjects import Subject
from triceras.testing.inherited.telling import made, telling_once

pytestmark = pytest.mark.once

FAILED, SKIPPED = pytest.fail.Exception, pytest.skip.Exception


@telling_once
class Trials:
    def test_one(self, built):
        assert built.number == 1

    def test_other(self, built):
        built.check()


class Right:
    number = 2

    def check(self):
        raise UserError("it is wrong")


def raiser(error):
    def make():
        raise error

    return make


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    monkeypatch.setattr("triceras.testing.inherited.telling.TOLD", set())


@pytest.mark.parametrize(("error", "raised"), [(UserError("a"), FAILED), (KeyError("a"), KeyError)])
def test_what_cannot_be_made_is_told_once_for_each_subject(error, raised):
    for name in ("first", "second"):
        model, training = (
            made(raiser(error), Subject(kind, name)) for kind in ("model", "experiment")
        )
        with pytest.raises(raised, match="a"):
            Trials().test_one(built=model)
        for built in (model, training):
            with pytest.raises(SKIPPED, match="as another test of it said"):
                Trials().test_other(built=built)


def test_each_test_fails_by_itself_where_it_is_a_test_that_fails():
    built = made(Right, Subject("model", "right"))
    with pytest.raises(AssertionError):
        Trials().test_one(built=built)
    with pytest.raises(FAILED, match="it is wrong"):
        Trials().test_other(built=built)
    with pytest.raises(SKIPPED, match="it is wrong"):
        Trials().test_other(built=built)


def test_what_cannot_be_tested_here_is_skipped():
    built = made(raiser(UntestableError("no file")), Subject("model", "far"))
    for _ in range(2):
        with pytest.raises(SKIPPED, match="no file"):
            Trials().test_one(built=built)
