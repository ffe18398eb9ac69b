import errno
import os

import pytest
from hydra.errors import ConfigCompositionException
from omegaconf import OmegaConf

from triceras.commands.messages import message
from triceras.config import compose

pytestmark = pytest.mark.once

LOSS = "keras.losses.SparseCategoricalCrossentropy"


def said_of(*words):
    """What is said where a command has these words."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - Hydra's exceptions are of many kinds
        compose(["experiment=classifier", *words])
    said = message(caught.value, ["experiment=classifier", *words])
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("backend=theano", "backend=theano is unknown: use one of jax, tensorflow, torch"),
        ("loop=magic", "loop=magic is unknown: use one of custom, fit, fit_custom_step"),
        (
            "experiment=deep/nope",
            "experiment=deep/nope is unknown: use one of adversaries, autoencoder, classifier, ",
        ),
        ("experiment=nope", "experiment=nope is unknown: use one of adversaries, autoencoder, "),
        ("logger=null", "logger=null is unknown: use one of csv, mlflow, tensorboard, wandb"),
        ("logger=[csv,tensorbord]", "logger=tensorbord is unknown: use one of csv, mlflow, tens"),
        ("loop=[1]", "loop=[1] is unknown: use one of custom, fit"),
        ("loop=3", "loop=3 is unknown: use one of custom, fit"),
        ("callback={a: 1}", "callback= takes a name: use one of default, early_stopping, none"),
    ],
)
def test_unknown_choice_is_told_the_known_ones(override, said):
    assert said_of(override).startswith(said)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("epoch=3", "epoch is not in this configuration: did you mean epochs?"),
        ("experimnt=x", "experimnt is not in this configuration: did you mean experiment?"),
        ("data.path=x", "data.path is not in this configuration: it is of data=arrays or data="),
        ("~seeed", "seeed is not in this configuration: did you mean seed?"),
        ("~notes", "~notes has no effect, as it is null: leave it out"),
        ("nothing_like_it=1", "nothing_like_it is not in this configuration: `--cfg job` prints"),
        ("seed.x=3", "seed.x is not in this configuration: seed is 0, and has no parts"),
        # Whatever is alike: in model.weights it is right, once that is there.
        (
            "model.weights.path=x",
            "model.weights.path is not in this configuration: model.weights is null, and has no "
            "parts yet: to give it some, +model.weights.path=<value>",
        ),
        (
            "model.loss.reduction=sum",
            "model.loss.reduction is not in this configuration: model.loss has from_logits; to add "
            f"it, +model.loss.reduction=<value>, an argument of {LOSS}",
        ),
        # Others of this name, in other groups, are not meant where this one takes it.
        ("model.loss.name=x", "model.loss.name is not in this configuration: model.loss has from"),
        ("lr=3", "lr is not in this configuration: did you mean optimizer.learning_rate?"),
        ("optimizer.lr=3", "optimizer.lr is not in this configuration: did you mean optimizer.lea"),
        ("steps=3", "steps is not in this configuration: did you mean max_steps?"),
        ("model.loss.units=3", "model.loss.units is not in this configuration: did you mean model"),
        (
            "model.network.unitz=3",
            "model.network.unitz is not in this configuration: did you mean model.network.units or",
        ),
        ("model.inputs=x", "model.inputs is not in this configuration: to set it, +model.inputs="),
        (
            "callback.mine._target_=a.b",
            "callback.mine._target_ is not in this configuration: callback has checkpoints; to add "
            "it, +callback.mine._target_=<value>",
        ),
        (
            "callback.checkpoint.keep=3",
            "callback.checkpoint.keep is not in this configuration: did you mean "
            "callback.checkpoints.keep or +callback.checkpoint.keep=<value>?",
        ),
    ],
)
def test_unknown_key_is_named_with_those_next_to_it(override, said):
    # Other mistakes in the same command are no hindrance.
    assert said_of(override, "also_wrong=1", "log_every=1").startswith(said)


def test_a_group_that_was_given_a_value_is_not_said_to_be_null():
    said = said_of("model.weights=a.keras", "model.weights.layers=[a]")
    assert said.endswith(
        "model.weights= was given a value, which has no parts: give it {<key>: <value>, ...}"
    )


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "data.declares={sise: 1}",
            "data.declares.sise is not in this configuration: did you mean data.declares.size or "
            "+data.declares.sise=<value>?",
        ),
        (
            "model.layer_metrics={hiden: {_target_: keras.metrics.Mean}}",
            "model.layer_metrics.hiden is not in this configuration: did you mean "
            "model.layer_metrics.hidden or +model.layer_metrics.hiden=<value>?",
        ),
        (
            "data.options={row: 6}",
            "data.options.row is not in this configuration: data.options has none; to add it, "
            "+data.options.row=<value>",
        ),
        (
            "model.network={unitz: 3}",
            "model.network.unitz is not in this configuration: did you mean model.network.units or",
        ),
    ],
)
def test_the_key_within_a_group_is_named(override, said):
    others = (
        "data=python",
        "+data.declares.size=3",
        "+model.layer_metrics.hidden._target_=keras.metrics.Mean",
    )
    assert said_of(*others, override).startswith(said)


def test_what_a_model_is_given_is_set_without_a_sign():
    config = compose(
        ["experiment=classifier", "model.sample_weight=w", "model.class_weight={0: 5}"]
    )
    assert (config.model.sample_weight, config.model.class_weight) == ("w", {0: 5})


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("notes=a=b", "notes=a=b cannot be read (mismatched input '=' expecting <EOF>): where it"),
        ("seed=[1", "seed=[1 cannot be read ("),
        ("seed", "seed is no setting: write <key>=<value>"),
        ("model.metrics[0]=3", "model.metrics[0]=3 cannot be read: model.metrics[0] is no key"),
        ("model.network=[1]", "model.network=[1] does not fit: Cannot merge"),
    ],
)
def test_what_hydra_cannot_read_is_named(override, said):
    assert said_of(override).startswith(said)


def test_a_run_is_not_named_by_an_option():
    words = ["--run", "outputs/vae"]
    with pytest.raises(Exception) as caught:  # noqa: PT011 - as above
        compose(words[1:])
    said = "--run is an option of Hydra's and takes no value: write run=outputs/vae"
    assert message(caught.value, words) == said


def test_a_setting_of_data_that_are_not_named(monkeypatch):
    # As evaluate.py has it, which takes the data of the run where none are said.
    monkeypatch.setattr("triceras.commands.unknown.composed", lambda words: OmegaConf.create())
    error = ConfigCompositionException("Could not override 'data.path'.")
    assert message(error, ["run=x", "data.path=x.csv"]) == (
        "data.path is not in this configuration: it is of data=arrays or data=image_folder: say "
        "which as well, as in data=arrays data.path=<value>"
    )


def test_a_setting_of_a_launcher_that_is_not_named():
    assert said_of("hydra.launcher.n_jobs=2") == (
        "hydra.launcher.n_jobs is not in this configuration: say which launcher as well, as in "
        "hydra/launcher=local hydra.launcher.n_jobs=<value>"
    )


def test_a_text_that_must_be_quoted_is_shown_quoted():
    assert said_of("notes=a=b").endswith("where it is a text, write 'notes=\"a=b\"'")


def test_several_values_are_for_several_runs():
    error = ConfigCompositionException(
        "Ambiguous value for argument 'backend=jax,torch'\n1. To use it as a list, use key=[value1]"
    )
    said = message(error, ["backend=jax,torch"])
    assert said.startswith("backend=jax,torch names several values, and one run takes one: add -m")
    assert "\n" not in said


def test_a_full_disk_is_told_wherever_it_is_met():
    said = message(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "table.csv"), [])
    assert said.startswith("the disk is full ([Errno ")
    assert "table.csv" in said
