import types

import pytest

from triceras.checkpoints.going_on import leaving_keras_files


@pytest.mark.once
def test_the_first_error_is_what_is_raised_whatever_fails_after_it(caplog):
    def end_early():
        raise TypeError("'NoneType' object is not callable")

    checkpoints = types.SimpleNamespace(end_early=end_early)
    with pytest.raises(RuntimeError, match="the first"), leaving_keras_files(checkpoints):
        raise RuntimeError("the first")
    assert "no .keras files: 'NoneType' object" in caplog.text
