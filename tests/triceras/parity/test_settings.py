import re

import pytest

from triceras.backend import installed
from triceras.errors import UserError
from triceras.parity.settings import check, with_lists

pytestmark = pytest.mark.once


def test_lists_need_no_brackets():
    words = ["loops=custom,fit", "backends=jax", "loops=[fit]", "backends=null", "seed=1,2"]
    assert with_lists(words) == [
        "loops=[custom,fit]",
        "backends=[jax]",
        "loops=[fit]",
        "backends=null",
        "seed=1,2",
    ]


def test_all_that_are_installed_or_those_that_are_named(config):
    assert check(config(), []) == installed()
    one = installed()[-1]
    assert check(config(f"backends=[{one}]"), []) == [one]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("steps=0", "steps=0 is no whole number"),
        ("steps=1.5", "steps=1.5 is no whole number"),
        ("jobs=true", "jobs=True is no whole number"),
        ("repeat=maybe", "repeat=maybe is unknown: use one of true, false"),
        ("loops=[custom,custom]", "is no list of different names"),
        ("loops=custom", "loops=custom is no list of different names"),
        ("loops=[custom,no]", "loops=no is unknown: use some of custom, fit, fit_custom_step"),
        ("backends=[theano]", "backends=theano is unknown: use some of jax, tensorflow, torch"),
        ("tolerance.loss=-1", "tolerance.loss=-1 is no number of at least 0"),
        ("+tolerance.loses=1", "tolerance.loses is unknown: use one of weights, batch, layers"),
        ("seed=-1", "seed=-1 is no whole number"),
        ("batch_size=none", "batch_size=none is no whole number"),
    ],
)
def test_values_that_are_wrong(config, override, message):
    with pytest.raises(UserError) as error:
        check(config(override), [override])
    assert message in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("chaos=true",)])
def test_one_backend_and_one_loop_are_nothing_to_compare(config, words, monkeypatch):
    monkeypatch.setattr("triceras.parity.settings.installed", lambda: ["jax", "torch"])
    one = "nothing to compare: there is one backend (jax), and one loop (custom): use more backends"
    with pytest.raises(UserError, match=re.escape(one)):
        check(config("backends=[jax]", "loops=[custom]", *words), [])
    for more in ("loops=[custom,fit]", "backends=[jax,torch]", "repeat=true"):
        check(config("backends=[jax]", "loops=[custom]", *words, more), [])


def test_all_backends_may_be_one(config, monkeypatch):
    monkeypatch.setattr("triceras.parity.settings.installed", lambda: ["torch"])
    with pytest.raises(UserError, match=r"nothing to compare: there is one backend \(torch\)"):
        check(config("loops=[fit]"), [])


@pytest.mark.parametrize(
    ("override", "advice"),
    [
        ("backend=jax", "backends=jax"),
        ("loop=fit", "loops=fit"),
        ("max_steps=3", "steps=3"),
        ("+epochs=3", "steps=3"),
    ],
)
def test_keys_that_the_check_sets_itself(config, override, advice):
    with pytest.raises(UserError) as error:
        check(config(), [override])
    assert str(error.value) == f"{override} says nothing here: use {advice}"


def test_a_check_is_not_resumed(config):
    with pytest.raises(UserError, match="resume=auto says nothing here: a parity check always"):
        check(config(), ["resume=auto"])


def test_a_backend_that_is_not_installed(config, monkeypatch):
    monkeypatch.setattr("triceras.parity.settings.installed", lambda: ["jax"])
    with pytest.raises(UserError, match="backends=torch is not installed here: make setup"):
        check(config("backends=[jax,torch]"), [])
