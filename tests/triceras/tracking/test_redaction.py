import sys

import pytest

from triceras.tracking import redaction
from triceras.tracking.redaction import (
    command_line_without_secrets,
    is_secret_argument,
    left_out,
    redacted,
    redacted_arguments,
    remember_secrets,
    without_secrets,
)

pytestmark = pytest.mark.once


def test_only_secrets_are_left_out():
    config = {
        "seed": 0,
        "optimizer": {"learning_rate": 1e-3, "_target_": "keras.optimizers.Adam"},
        "model": {"num_tokens": 7, "tokenizer": "bytes", "cls_token": True, "key_dim": 8},
        "data": {"path": "/data/images.npz", "sha256": "a1" * 32, "first_token": 3},
        "words": {"pad_token": 0, "eos_token": "</s>", "mask_token": "[MASK]"},
        "numbers": {"secret_scale": 4.0, "credential_count": 12, "image_token": "<image>"},
        "files": ["sk-learn-converted-digits.npz", "local-attention-transformer-base"],
        "tags": ["classifier", "jax"],
        "notes": None,
    }
    assert without_secrets(config) == config


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "WANDB_API_KEY", "hf_token", "token", "password", "client_secret"],
)
def test_names_of_secrets_are_left_out_at_any_depth(name):
    config = {"a": {"b": [{name: "x", "kept": 1}]}, name: 1234567890}
    assert without_secrets(config) == {"a": {"b": [{"kept": 1}]}}


@pytest.mark.parametrize(
    "value",
    ["0123456789abcdef" * 2 + "01234567", "ghp_" + "a" * 36, "https://me:hunter2@host/file.npz"],
)
def test_texts_that_look_like_secrets_are_left_out(value):
    assert without_secrets({"plain": value, "list": [value, "kept"]}) == {"list": ["kept"]}


def test_secrets_of_the_environment_are_left_out(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "correct-horse")
    assert without_secrets({"url": "host?auth=correct-horse", "kept": "horse"}) == {"kept": "horse"}


def test_short_values_of_the_environment_hide_nothing(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "1")
    assert without_secrets({"seeds": "1,2,3"}) == {"seeds": "1,2,3"}


@pytest.mark.parametrize(
    ("argument", "secret"),
    [
        ("+data.token=x", True),
        ("--password=x", True),
        ("data.url=https://me:hunter2@host", True),
        ("a" * 40, True),
        ("model.num_tokens=7", False),
        ("data.first_token=3", False),
        ("data.pad_token=<pad>", False),
        ("password=1234", True),
        ("experiment=autoencoder", False),
        ("-m", False),
    ],
)
def test_arguments(argument, secret):
    assert is_secret_argument(argument) is secret


def test_the_command_line_comes_back_whatever_happens(monkeypatch):
    arguments = ["train.py", "seed=1", "data.password=x"]
    monkeypatch.setattr(sys, "argv", arguments)

    def fail():
        with command_line_without_secrets():
            assert sys.argv == ["train.py", "seed=1"]
            raise RuntimeError("in between")

    with pytest.raises(RuntimeError, match="in between"):
        fail()
    assert sys.argv is arguments


def test_secrets_are_hidden_in_texts(monkeypatch):
    monkeypatch.setattr(redaction, "remembered", set())
    monkeypatch.setenv("SOME_TOKEN", "correct-horse")
    remember_secrets({"a": [{"password": "of the config", "kept": "long enough"}], "api_key": 1})
    text = f"Error('of the config', url=https://me:hunter2@host/x, ghp_{'a' * 36}): correct-horse"
    hidden = redacted(f"{text}, long enough")
    assert hidden == "Error('***', url=***, ***): ***, long enough"


def test_secrets_are_hidden_in_the_words_of_a_command():
    arguments = ["train.py", "seed=3", "+callback.mine.api_key=abc", "--flag"]
    assert redacted_arguments(arguments) == [
        "train.py",
        "seed=3",
        "+callback.mine.api_key=***",
        "--flag",
    ]


def test_what_is_left_out_is_named():
    config = {"a": {"b": [{"token": "x"}, "ghp_" + "a" * 36], "secret": "y", "scale": 1.0}}
    assert left_out(config) == ["a.secret", "a.b.1", "a.b.0.token"]
