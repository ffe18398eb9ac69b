import keras
import pytest

from triceras.engines.errors import CannotCompileError, telling_tracing_errors, untouched_errors


def test_untouched_errors_are_put_back():
    enabled = keras.config.is_traceback_filtering_enabled
    assert enabled()
    with untouched_errors():
        assert not enabled()
    assert enabled()


def test_untouched_errors_are_put_back_after_an_error():
    with pytest.raises(KeyError), untouched_errors():
        raise KeyError
    assert keras.config.is_traceback_filtering_enabled()


KINDS = ((TypeError, ""), (ValueError, "of a tensor"))


@pytest.mark.parametrize("error", [TypeError("any"), ValueError("the value of a tensor")])
def test_tracing_errors_are_told(error):
    with pytest.raises(CannotCompileError, match=str(error)) as told, telling_tracing_errors(KINDS):
        raise error
    assert told.value.__cause__ is error


@pytest.mark.parametrize("error", [ValueError("a shape"), KeyError("of a tensor")])
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error)) as told, telling_tracing_errors(KINDS):
        raise error
    assert told.value is error
