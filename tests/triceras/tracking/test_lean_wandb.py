import sys
import types

import pytest

from triceras.tracking.lean_wandb import where_imported
from triceras.tracking.wandb import import_wandb

pytestmark = pytest.mark.once


def test_a_function_is_called_where_its_module_is_there(monkeypatch):
    call = where_imported("some_module", str.upper, "nothing")
    assert call("a") == "nothing"
    monkeypatch.setitem(sys.modules, "some_module", types.ModuleType("some_module"))
    assert call("a") == "A"
    assert where_imported("some_module", call, "nothing") is call


@pytest.mark.slow
def test_wandb_knows_tables_and_finds_what_was_staged(monkeypatch):
    pytest.importorskip("wandb")
    pandas = pytest.importorskip("pandas")
    wandb = import_wandb()
    assert import_wandb() is wandb
    assert wandb.util.is_pandas_data_frame(pandas.DataFrame({"a": [1]}))
    assert not wandb.util.is_pandas_data_frame(1)
    from wandb.sdk.launch.inputs import internal

    applied = []
    monkeypatch.setattr(internal.StagedLaunchInputs, "apply", lambda self, run: applied.append(run))
    wandb.sdk.wandb_run.Run._detect_and_apply_job_inputs("a run")
    assert applied == ["a run"]
