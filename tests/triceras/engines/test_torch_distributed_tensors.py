import os
import subprocess
import sys

import pytest

# Another test may have loaded them in this process, and PyTorch asks for the class of them once.
CODE = """
from triceras.lean_keras import keep_lean
keep_lean()
import sys
import torch
from triceras.engines.torch_distributed_tensors import PACKAGE, leave_unloaded
from triceras.engines.torch_graph import traced

def step(a):
    return [torch.where(a > 0, 0, a).relu()]

program = traced(step, [torch.ones(3)])
assert PACKAGE not in sys.modules
assert program.function(torch.tensor([-1.0, 2.0, 3.0]))[0].tolist() == [0.0, 0.0, 0.0]

import torch.distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Shard, distribute_tensor

store = torch.distributed.HashStore()
torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)

class Own(DTensor):
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return torch.tensor(7.0)

whole = torch.arange(6.0).reshape(2, 3)
shared = distribute_tensor(whole, init_device_mesh("cpu", (1,)), [Shard(0)])
product = (shared @ shared.T).sum()
assert type(product) is DTensor
assert product.full_tensor() == (whole @ whole.T).sum()
shared.__class__ = Own
assert torch.neg(shared) == 7
"""


@pytest.fixture(autouse=True)
def on_torch(backend):
    if backend != "torch":
        pytest.skip("they are PyTorch's")


@pytest.mark.slow
def test_they_are_left_unloaded_and_are_what_they_were_once_they_are_there():
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    subprocess.run([sys.executable, "-c", CODE], check=True, env=environment)
