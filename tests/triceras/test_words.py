import subprocess

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from triceras.words import keys_of, pasted, settled, with_quoted_paths, word

pytestmark = pytest.mark.once

TEXTS = (
    *("outputs/a/b-1", "a=b", "a b", "a,b", "it's", 'a"b', 'a\\"b', "a\\b", "a\\", "${x}", "é"),
    *(
        "null",
        "true",
        "1",
        "1e3",
        "[1]",
        "(a)",
        "{a: 1}",
        "a#b",
        "~/a",
        "$HOME",
        "`a`",
        "a;b",
        "a!b",
    ),
)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_written_is_read_as_itself(text):
    written = word("key", text)
    (parsed,) = OverridesParser.create().parse_overrides([written])
    assert not parsed.is_sweep_override()
    assert OmegaConf.create({"key": str(parsed.value())}).key == text
    typed = subprocess.run(
        ["bash", "-c", f"printf %s {pasted('key', text)}"], capture_output=True, text=True
    )
    assert typed.stdout == written


def test_values_that_are_no_texts():
    assert [word("a", value) for value in (None, True, 3, 0.5)] == [
        *("a=null", "a=true", "a=3", "a=0.5")
    ]


def test_keys():
    assert keys_of(["a.b=c=d", "+e=1", "++f=2", "~g", "~h=3"]) == {"a.b", "e", "f", "g", "h"}


def test_words_that_would_mean_something_else_in_another_process(monkeypatch):
    OmegaConf.register_new_resolver("place", lambda: "here, now", replace=True)
    config = OmegaConf.create({"a": "${place:}", "b": "${c}", "c": 1, "d": ["${place:}"]})
    words = ["a=${place:}", "b=${c}", "c=1", "d=[${place:}]", r"a=$\{place\:\}"]
    assert settled(config, words) == ['a="here, now"', *words[1:4], 'a="here, now"']


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("resume=/a=b/c, d(1)", 'resume="/a=b/c, d(1)"'),
        ("run=2026", 'run="2026"'),
        ("data.path={a}", 'data.path="{a}"'),
        *((word, word) for word in ("resume=null", "resume=auto", "resume=a/b", 'run="a=b"')),
        *((word, word) for word in ("resume=${notes}/a", "notes=a=b", "-m", "--cfg", "~resume")),
    ],
)
def test_a_path_is_read_as_it_was_printed(typed, read):
    assert with_quoted_paths([typed]) == [read]


def test_a_group_with_a_path_in_it_is_no_path():
    typed = ["model.weights={path:outputs/run,layers:[head]}", "model.weights=a=b"]
    assert with_quoted_paths(typed) == [typed[0], 'model.weights="a=b"']


def test_in_a_sweep_a_comma_parts_paths():
    words = ["-m", "data.path=a,b"]
    assert with_quoted_paths(words) == words
    assert with_quoted_paths(["-m", "data.path=a=b"]) == ["-m", 'data.path="a=b"']
