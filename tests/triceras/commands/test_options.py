import argparse

import pytest
from hydra._internal.utils import get_args_parser

from triceras.commands.options import telling_options
from triceras.config import prepare_hydra
from triceras.errors import UserError

pytestmark = pytest.mark.once

NONE = r" is no option: settings are written without dashes, "


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seed", "1"], rf"--seed{NONE}seed=1$"),
        (["epochs=2", "--seed=1"], rf"--seed=1{NONE}seed=1$"),
        (["-seed=1"], rf"-seed=1{NONE}seed=1$"),
        (["--max-steps", "3"], rf"--max-steps{NONE}max_steps=3$"),
        (["--epoch=3"], rf"--epoch=3{NONE}epochs=3$"),
        (["--notes=a;b"], rf"--notes=a;b{NONE}'notes=a;b'$"),
        (["--seed", "epochs=2"], rf"--seed{NONE}seed=<value>$"),
        (["--optimizer", "adam"], rf"--optimizer{NONE}optimizer=adam$"),
        (["--zebra=3"], rf"--zebra=3{NONE}<key>=<value>; --help prints"),
        (["seed=1", "-m", "epochs=2"], r"the settings are on both sides of -m: write all of them "),
        (["--multi", "--cfg=x"], r"argument --cfg/-c: invalid choice: 'x' .*: --hydra-help prints"),
    ],
)
def test_what_is_no_option_is_told_with_what_is_meant(monkeypatch, words, said):
    prepare_hydra()
    monkeypatch.setattr("sys.argv", ["train.py", *words])
    with pytest.raises(UserError, match=f"^{said}") as caught, telling_options():
        get_args_parser().parse_args()
    assert "\n" not in str(caught.value)


def test_other_parsers_leave_as_they_do(capsys):
    with pytest.raises(SystemExit), telling_options():
        argparse.ArgumentParser().parse_args(["--zebra"])
    assert "unrecognized arguments: --zebra" in capsys.readouterr().err
