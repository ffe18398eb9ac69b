import importlib.util
import subprocess
import sys

import pytest

# A step is traced without PyTorch's compiler, which is then there for who asks for it.
TRACES_THEN_COMPILES = """
import sys, types
from triceras.lean_keras import Later, keep_lean
keep_lean()
import keras, torch
from torch.fx.experimental.proxy_tensor import make_fx
make_fx(lambda x: 2 * x)(torch.ones(3))
from triceras.engines.torch_graph import traced
layer = keras.layers.Dense(2)
layer.build((None, 3))
step = torch.func.grad(lambda x: keras.ops.sum(layer(x) ** 2))
example = torch.ones(4, 3)
graph = traced(lambda x: step(x), [example])
packages = [sys.modules[name] for name in ("torch._dynamo", "torch._inductor")]
assert all(type(package) is Later for package in packages), packages
(gradient,) = graph.function(example)
assert torch.equal(gradient, step(example))
generator = keras.random.normal((2, 2), seed=1)
keras.utils.clear_session()
assert all(type(package) is Later for package in packages)

@torch.compile(backend="eager")
def drawn(x):
    return x + keras.random.uniform((3,), seed=1) * 0 + 1

assert torch.equal(drawn(torch.zeros(3)), torch.ones(3))
assert all(type(package) is types.ModuleType for package in packages)
from torch._inductor.codecache import PyCodeCache
from torch._dynamo.exc import TorchDynamoException
assert issubclass(TorchDynamoException, RuntimeError) and callable(PyCodeCache)
"""


@pytest.mark.once
@pytest.mark.slow
def test_pytorch_traces_without_its_compiler(monkeypatch):
    if importlib.util.find_spec("torch") is None:
        pytest.skip("there is no PyTorch")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    child = subprocess.run(
        [sys.executable, "-c", TRACES_THEN_COMPILES], capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr
    assert "Warning" not in child.stderr
