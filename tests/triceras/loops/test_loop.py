from omegaconf import OmegaConf

from triceras.engines import engine_class
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
