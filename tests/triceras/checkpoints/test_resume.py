import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from triceras.checkpoints.resume import check_length, saved_config
from triceras.errors import UserError
from triceras.runs.step_files import step_file

pytestmark = pytest.mark.once


@pytest.fixture
def folder(tmp_path):
    """A run that has taken 12 steps."""
    (tmp_path / "checkpoints").mkdir()
    for step in (0, 12):
        step_file(tmp_path / "checkpoints", step).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("epochs", "max_steps", "refused"),
    [(2, None, False), (1, None, True), (2, 12, False), (2, 11, True), (None, 11, True)],
)
def test_no_end_before_the_place_that_it_has_come_to(folder, epochs, max_steps, refused):
    config = OmegaConf.create({"batch_size": 10, "epochs": epochs, "max_steps": max_steps})
    if not refused:
        check_length(config, folder, 103)
        return
    with pytest.raises(UserError, match="has taken 12 steps, and epochs="):
        check_length(config, folder, 103)


@pytest.mark.parametrize("text", ["", "[]", "model: {}"])
def test_a_configuration_that_says_too_little_is_one_line(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(
        UserError, match=r"config\.yaml is damaged: it says nothing of backend, "
    ) as e:
        saved_config(tmp_path)
    assert "\n" not in str(e.value)


@pytest.mark.slow
def test_keras_is_not_imported_before_signals_are_handled(folder):
    program = f"""
import sys
from pathlib import Path
from omegaconf import OmegaConf
import triceras.commands.train
from triceras.checkpoints.resume import check_length
config = OmegaConf.create({{"batch_size": 10, "epochs": 3, "max_steps": None}})
check_length(config, Path({str(folder)!r}), 103)
print("keras" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
