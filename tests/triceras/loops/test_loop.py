from typing import Any

import pytest
from omegaconf import OmegaConf

from triceras.engines import engine_class
from triceras.errors import UserError
from triceras.loops.custom import CustomLoop
from triceras.loops.loop import build_loop


class Marked:
    """Stands for a step: the loop only hands it on."""


class Loop:
    def __init__(self, job, engine=None, step=None):
        self.engine = engine and engine(job)
        self.step = step


class Engine:
    def __init__(self, model, rate=0.0):
        self.model, self.rate = model, rate


def test_an_engine_and_a_step_of_ones_own_are_named_in_the_configuration():
    here = f"{__name__}"
    assert engine_class() is not Engine
    config = OmegaConf.create(
        {
            "name": "own",
            "_target_": f"{here}.Loop",
            "engine": {"_target_": f"{here}.Engine", "rate": 0.5},
            "step": {"_target_": f"{here}.Marked"},
        }
    )
    loop = build_loop(config, "job")
    assert (loop.engine.model, loop.engine.rate) == ("job", 0.5)
    assert isinstance(loop.step, Marked)


def test_a_step_that_is_none_is_refused_before_anything_else():
    nothing: Any = None
    with pytest.raises(UserError, match=r"loop\.step=mean is no step: give null, or the _target_"):
        CustomLoop(nothing, step=nothing or "mean")
