"""Hydra composes once for a run, and what it composes is what it would have composed by itself."""

import contextlib
import sys
from unittest import mock

import hydra
import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import OmegaConf

from triceras.composing import composing_once
from triceras.config import own_folder, prepare_hydra

pytestmark = pytest.mark.once

load = ConfigLoaderImpl._load_configuration_impl


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    # What other tests composed is not remembered here.
    of_hydra = ConfigLoaderImpl.load_configuration.of_hydra
    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", of_hydra)
    prepare_hydra()


def run(monkeypatch, words, context):
    """What the jobs of a command are given, Hydra's own part first, and how often it composed."""
    given, calls = [], []

    def counted(self, *args, **options):
        calls.append(options)
        return load(self, *args, **options)

    def main(config):
        own = OmegaConf.to_container(HydraConfig.get(), resolve=False)
        given.append((own, OmegaConf.to_container(config, resolve=False)))

    decorated = hydra.main(version_base="1.3", config_path=str(own_folder()), config_name="train")(
        main
    )
    monkeypatch.setattr(sys, "argv", ["train.py", *words, "hydra.output_subdir=null"])
    with contextlib.ExitStack() as stack:
        # They would silence the loggers of all tests that come later.
        for module in ("hydra", "core_plugins.basic_launcher"):
            stack.enter_context(mock.patch(f"hydra._internal.{module}.configure_log"))
        stack.enter_context(mock.patch("hydra.core.utils.configure_log"))
        counting = mock.patch.object(ConfigLoaderImpl, "_load_configuration_impl", counted)
        stack.enter_context(counting)
        stack.enter_context(context)
        decorated()
    return given, len(calls)


def both(monkeypatch, *words):
    """The same command as Hydra does it, and once."""
    theirs = run(monkeypatch, words, contextlib.nullcontext())
    return theirs, run(monkeypatch, words, composing_once())


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("seed=3", "experiment=classifier", "+model.extra=1"),
        ("hydra.verbose=false", "hydra.job.name=other"),
        ("hydra.mode=RUN",),
    ],
    ids=" ".join,
)
def test_a_run_composes_once_and_gets_the_same(monkeypatch, words):
    (expected, before), (found, after) = both(monkeypatch, *words)
    assert found == expected
    assert before == 2
    # A mode that was given is part of both commands.
    assert after == (2 if "hydra.mode=RUN" in words else 1)


@pytest.mark.slow
@pytest.mark.parametrize("words", [("-m", "seed=1,2"), ("hydra.mode=MULTIRUN", "seed=1,2")])
def test_several_jobs_are_as_hydra_has_them(monkeypatch, words):
    places = ("hydra.sweep.dir=swept", "hydra/sweeper=basic", "hydra/launcher=basic")
    (expected, before), (found, after) = both(monkeypatch, *words, *places)
    assert [config["seed"] for _, config in found] == [1, 2]
    assert found == expected
    assert after == before + 1  # the one that refused two values for one run, before it composed


@pytest.mark.parametrize("words", [("seed=1,2",), ("nothing.here=1",), ("experiment=none",)])
def test_errors_are_hydras_own(monkeypatch, words):
    told = []
    for context in (contextlib.nullcontext(), composing_once()):
        with pytest.raises(HydraException) as error:
            run(monkeypatch, words, context)
        told.append((type(error.value), str(error.value)))
    assert told[0] == told[1]


def test_a_second_command_of_a_process_composes_its_own(monkeypatch):
    with composing_once():
        first, _ = run(monkeypatch, ("seed=1",), contextlib.nullcontext())
        second, _ = run(monkeypatch, ("seed=2",), contextlib.nullcontext())
    assert [first[0][1]["seed"], second[0][1]["seed"]] == [1, 2]
