import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from triceras.errors import UserError
from triceras.search.space import read

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("interval(0.1,1)", FloatDistribution(0.1, 1.0)),
        ("interval(1,10)", FloatDistribution(1.0, 10.0)),
        ("tag(log,interval(1e-4,1e-1))", FloatDistribution(1e-4, 1e-1, log=True)),
        ("int(interval(1,8))", IntDistribution(1, 8)),
        ("tag(log,int(interval(1,8)))", IntDistribution(1, 8, log=True)),
        # A range leaves out where it stops.
        ("range(1,10)", IntDistribution(1, 9)),
        ("range(0,10,4)", IntDistribution(0, 8, step=4)),
        ("range(0,8,4)", IntDistribution(0, 4, step=4)),
        ("range(10,0,-4)", IntDistribution(2, 10, step=4)),
        ("range(0,0.3,0.1)", FloatDistribution(0.0, 0.2, step=0.1)),
        ("range(0.0,1.0,0.25)", FloatDistribution(0.0, 0.75, step=0.25)),
        # Whose last value is a hair below in binary.
        ("range(0.7,0.9,0.1)", FloatDistribution(0.7, 0.8, step=0.1)),
        ("range(0.01,0.08,0.01)", FloatDistribution(0.01, 0.07, step=0.01)),
        ("choice(a,b)", CategoricalDistribution(["a", "b"])),
        ("1,2", CategoricalDistribution([1, 2])),
        ("[1,2],[3]", CategoricalDistribution(["[1,2]", "[3]"])),
        ("1,1.0,true", CategoricalDistribution(["1", "1.0", "True"])),
        ("null,0.1", CategoricalDistribution([None, 0.1])),
    ],
)
def test_reads_hydra_s_language(typed, expected):
    assert dict(read([f"a.b={typed}"]).distributions) == {"a.b": expected}


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("choice(a,b)", ["a", "b"]),
        ("[1,2],[3]", [[1, 2], [3]]),
        ("1,1.0,true", [1, 1.0, True]),
        ("null,0.1", [None, 0.1]),
        ("'x y',z", ["x y", "z"]),
        ("{a:1},{b:2}", [{"a": 1}, {"b": 2}]),
    ],
)
def test_a_choice_is_read_as_what_it_was(typed, values):
    space = read([f"+a={typed}"])
    assert isinstance(space.distributions["a"], CategoricalDistribution)
    words = [space.word("a", value) for value in space.distributions["a"].choices]
    assert all(word.startswith("+a=") for word in words)
    found = [override.value() for override in OverridesParser.create().parse_overrides(words)]
    assert [(type(one), one) for one in found] == [(type(one), one) for one in values]


def test_the_last_word_of_a_key_counts():
    space = read(["a=1,2", "b=interval(0,1)", "b=3", "a=interval(0,1)"])
    assert dict(space.distributions) == {"a": FloatDistribution(0.0, 1.0)}
    assert space.fixed == space.typed == ["b=3"]
    assert space.word("a", 1e-05) == "a=1e-05"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("a=range(3,3)", "the range is empty"),
        ("a=interval(2,1)", "low"),
        ("a=tag(log,interval(0,1))", "log"),
        ("a=tag(log,range(0.1,1,0.1))", "log"),
        ("a=tag(logs,interval(1,2))", "the tag logs is unknown"),
    ],
)
def test_what_cannot_be_searched_is_refused(typed, told):
    with pytest.raises(UserError, match=told) as caught:
        read([typed])
    assert str(caught.value).startswith(f"{typed} cannot be searched: ")


def test_references_are_handed_on_and_told_as_they_were_typed():
    space = read(["a=1,2", "notes=${seed}", "~b", "c='x y'"])
    assert space.fixed == [r"notes=$\{seed\}", "~b", r"c='x y'"]
    assert space.typed == ["notes=${seed}", "~b", "c='x y'"]


def test_nothing_to_search_is_refused():
    with pytest.raises(UserError, match="nothing says what to search"):
        read(["seed=1"])


def test_one_group_in_two_places_is_two_words():
    words = ["+optimizer@a=sgd", "optimizer@b=choice(adam,sgd)", "+optimizer@a=adam"]
    space = read(words)
    assert space.typed == ["+optimizer@a=adam"]
    assert list(space.distributions) == ["optimizer@b"]
    assert space.word("optimizer@b", "sgd") == "optimizer@b=sgd"
