from triceras import engines
from triceras.engines.engine import Engine


def test_the_engine_is_that_of_the_backend(backend):
    assert issubclass(engines.engine_class(), Engine)
    assert engines.engine_class().__name__.lower() == f"{backend}engine"
    assert engines.module().__name__ == f"triceras.engines.{backend}"


def test_the_step_for_fit_is_that_of_the_backend(backend):
    assert engines.fit_step().__module__ == f"triceras.engines.{backend}_fit"


def test_the_device_has_a_name():
    assert engines.module().device().partition(":")[0] in ("cpu", "gpu", "cuda", "tpu", "mps")
