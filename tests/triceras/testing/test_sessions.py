from pathlib import Path

import pytest

from triceras.config import ROOT
from triceras.testing.sessions import (
    ENGINE_ROOM,
    FAST_IN_TURN,
    IN_TURN,
    ONCE,
    Session,
    is_once,
    sessions_of,
)
from triceras.testing.suite import run_suite

pytestmark = pytest.mark.once

ALL = ("jax", "tensorflow", "torch")


@pytest.fixture
def wings(suite):
    """A project with a test in each wing."""
    folder = suite("def test_own(): pass")
    room = folder / "tests" / "triceras"
    room.mkdir(parents=True)
    (room / "test_room.py").write_text("def test_of_the_engine_room(): pass\n")
    return folder


def names(sessions: list[Session]) -> list[str]:
    return [session.name for session in sessions]


def test_wings_and_what_is_tested_once_are_apart(wings):
    room = [f"{kind}-engine-room" for kind in ("tensorflow", "once", "jax", "torch")]
    found = sessions_of(ALL, ["-x"])
    assert sorted(names(found)) == sorted([*room, "tensorflow", "once", "jax", "torch"])
    assert found[0].name == "tensorflow-engine-room"
    # What takes longest comes first.
    assert sorted(names(found)[:4]) == sorted(room)
    assert names(sessions_of(["torch"], [])) == ["torch-engine-room", "torch"]
    # One of a single backend runs what is tested once as well.
    assert sessions_of(["torch"], [])[0].variables == {"KERAS_BACKEND": "torch"}


@pytest.mark.slow
def test_each_test_is_in_one_session(wings):
    collected = []
    for session in sessions_of(["jax"], []):
        ended = run_suite(session, ["--collect-only", "-q"], wings, lambda line: None)
        collected += [line for line in ended.output.splitlines() if "::" in line]
    assert sorted(collected) == [
        "test_it.py::test_own",
        "tests/triceras/test_room.py::test_of_the_engine_room",
    ]


@pytest.mark.parametrize(
    "words",
    [["tests/triceras"], ["tests/triceras/test_room.py::test_x"], ["-m", "not slow"]],
)
def test_named_paths_and_the_fast_half_are_not_cut(wings, words):
    assert names(sessions_of(["jax", "torch"], words)) == ["jax", "once", "torch"]


@pytest.mark.parametrize(
    ("backends", "words", "sharing"),
    [
        (["torch", "jax"], [], {"jax,torch"}),
        (["torch", "jax"], ["-m", "not slow"], {"jax,torch"}),
        (["torch", "jax"], ["tests/triceras"], {None}),
        (["torch"], [], {None}),
    ],
)
def test_several_backends_share_what_they_take_in_turn(wings, backends, words, sharing):
    found = {session.variables.get(IN_TURN) for session in sessions_of(backends, words)}
    assert found - {None} == sharing - {None}
    assert all(
        (IN_TURN in session.variables) == (sharing != {None} and session.once == "apart")
        and (FAST_IN_TURN in session.variables) == (IN_TURN in session.variables and bool(words))
        for session in sessions_of(backends, words)
    )


def test_a_project_without_the_engine_rooms_tests(suite):
    suite("def test_own(): pass")
    assert names(sessions_of(["jax"], [])) == ["jax"]


def test_the_folder_of_the_engine_rooms_tests_is_there():
    assert (ROOT / ENGINE_ROOM / "testing" / Path(__file__).name).is_file()


@pytest.mark.parametrize(
    ("line", "all_once"),
    [
        ("pytestmark = pytest.mark.once", True),
        ("pytestmark = [pytest.mark.once, pytest.mark.slow]", True),
        ("pytestmark = pytest.mark.slow  # a classifier is trained for it", False),
        ("    pytestmark = pytest.mark.once", False),
        ("@pytest.mark.once", False),
    ],
)
def test_a_file_of_which_all_is_tested_once(line, all_once, tmp_path):
    path = tmp_path / "test_it.py"
    path.write_text(f"import pytest\n\n{line}\n\n\ndef test_it():\n    pass\n")
    assert is_once(path) == all_once


@pytest.mark.parametrize(("once", "passed_over"), [("apart", True), ("alone", False)])
def test_such_a_file_is_passed_over_where_none_of_it_is_run(
    once, passed_over, monkeypatch, pytestconfig
):
    monkeypatch.setenv(ONCE, once)
    here = Path(__file__)
    for path, expected in ((here, passed_over), (here.with_name("test_seeds.py"), False)):
        found = pytestconfig.hook.pytest_ignore_collect(collection_path=path, config=pytestconfig)
        assert bool(found) == expected
