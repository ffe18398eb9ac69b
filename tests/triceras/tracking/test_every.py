import numpy as np
import pytest

from triceras.errors import UserError
from triceras.tracking.every import check_log_every, check_seconds, kept_steps

pytestmark = pytest.mark.once


@pytest.mark.parametrize("log_every", [1, 3, 10, 50])
@pytest.mark.parametrize("calls", [[20], [1] * 20, [7, 1, 12]])
def test_the_same_steps_are_kept_however_they_come(log_every, calls):
    losses = np.random.default_rng(0).random(20).astype("float32")
    steps, kept_losses, first = [], [], 0
    for count in calls:
        kept = kept_steps(first, {"loss": losses[first : first + count]}, log_every)
        assert list(kept) == ["step", "loss"]
        steps += kept["step"].tolist()
        kept_losses += kept["loss"].tolist()
        first += count
    assert steps == list(range(0, 20, log_every))
    assert kept_losses == losses[steps].tolist()


@pytest.mark.parametrize("log_every", [0, -1, 1.0, "1", True, None])
def test_what_is_not_a_number_of_steps(log_every):
    with pytest.raises(UserError, match=f"logger.log_every={log_every} is not a whole number"):
        check_log_every("logger.log_every", log_every)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), True, "1m", None])
def test_seconds_are_a_number_that_can_be_waited_for(seconds):
    check_seconds("logger.timeout", 0.5)
    with pytest.raises(UserError, match=rf"^logger\.timeout={seconds} is not a number of seconds"):
        check_seconds("logger.timeout", seconds)
