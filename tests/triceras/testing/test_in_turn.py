import dataclasses

import pytest

from triceras.testing.in_turn import MARK, left_to_others, not_shared, note, turns

pytestmark = pytest.mark.once

ALL = ("jax", "tensorflow", "torch")


@dataclasses.dataclass(frozen=True)
class Item:
    nodeid: str
    marks: tuple[str, ...] = (MARK,)
    backends: tuple[str, ...] = ()

    slow_on: tuple[str, ...] = ()

    def get_closest_marker(self, name):
        return next(iter(self.iter_markers(name)), None)

    def iter_markers(self, name):
        backends = {MARK: self.backends, "slow_on": self.slow_on}.get(name, ())
        if name in self.marks or (name == "slow_on" and backends):
            yield getattr(pytest.mark, name)(*backends).mark


def run_on(backend, items, sharing=ALL, fast=False):
    left = left_to_others(items, backend, sharing, fast)
    return [item.nodeid for item in items if item not in left]


def test_each_case_is_run_on_one_backend_and_each_backend_runs_its_share():
    assert turns(ALL) == ["jax", "tensorflow", "torch", "torch", "torch"]
    assert turns(ALL[:2]) == ["jax", "tensorflow"]
    names = [f"test_a.py::test_one[{n}]" for n in range(10)] + ["test_a.py::test_two"]
    found = {backend: run_on(backend, [Item(name) for name in names]) for backend in ALL}
    assert sorted(name for each in found.values() for name in each) == sorted(names)
    shares = [sum("test_one" in name for name in each) for each in found.values()]
    assert shares == [2, 2, 6]


def test_other_files_begin_on_other_backends():
    names = [f"test_{n}.py::test_a" for n in range(50)]
    found = {backend: run_on(backend, [Item(name) for name in names]) for backend in ALL}
    assert min(map(len, found.values())) >= 5


def test_cases_of_one_number_in_a_file_are_run_on_one_backend():
    names = [f"test_a.py::test_{name}[{n}]" for name in "bc" for n in range(5)]
    for backend in ALL:
        found = run_on(backend, [Item(name) for name in names])
        first, second = found[: len(found) // 2], found[len(found) // 2 :]
        assert [name.replace("_b", "_c") for name in first] == second


@pytest.mark.parametrize("named", [("torch",), ("jax", "torch")])
def test_those_that_a_mark_names_share_it_alone(named):
    items = [Item(f"test_a.py::test_one[{n}]", backends=named) for n in range(6)]
    shares = {backend: len(run_on(backend, items)) for backend in ALL}
    assert shares == {name: 6 // len(named) if name in named else 0 for name in ALL}


def test_cases_of_which_a_mark_names_backends_are_shared_by_themselves():
    named = [(), ("jax", "torch")] * 3
    items = [Item(f"test_a.py::test_one[{n}]", backends=each) for n, each in enumerate(named)]
    shares = {name: set(run_on(name, items)) & {i.nodeid for i in items[1::2]} for name in ALL}
    assert sorted(map(len, shares.values())) == [0, 1, 2]
    assert not shares["tensorflow"]


def test_where_none_of_those_that_a_mark_names_is_tested_the_others_share_it():
    items = [Item(f"test_a.py::test_one[{n}]", backends=("torch",)) for n in range(6)]
    assert len(run_on("jax", items, ("jax", "tensorflow"))) == 3


def test_in_the_fast_half_all_take_turns_but_what_is_to_be_run_on_each():
    names = [f"test_a.py::test_one[{n}]" for n in range(3)]
    for backend in ALL:
        assert len(run_on(backend, [Item(name, ()) for name in names], fast=True)) == 1
        for mark in ("on_each", "once", "skipif"):
            assert len(run_on(backend, [Item(name, (mark,)) for name in names], fast=True)) == 3


def test_in_the_fast_half_none_is_left_to_a_backend_on_which_it_is_slow():
    items = [Item(f"test_a.py::test_one[{n}]", slow_on=("jax",)) for n in range(20)]
    shares = {backend: len(run_on(backend, items, fast=True)) for backend in ALL}
    assert shares == {"jax": 0, "tensorflow": 10, "torch": 10}
    assert [len(run_on(backend, items)) for backend in ALL] == [4, 4, 12]


def test_what_is_not_marked_or_tested_once_is_not_shared():
    items = [Item("test_a.py::test_all", ()), Item("test_a.py::test_once", (MARK, "once"))]
    for backend in ALL:
        assert run_on(backend, items) == [item.nodeid for item in items]


@pytest.mark.parametrize("sharing", [(), ("jax", "tensorflow")])
def test_a_backend_that_shares_nothing_runs_all(sharing):
    items = [Item(f"test_a.py::test_one[{n}]") for n in range(3)]
    assert len(run_on("torch", items, sharing)) == 3


def test_a_case_that_a_backend_does_not_have_is_found(tmp_path):
    assert not_shared(tmp_path / "absent") == {}
    note([Item("test_a.py::test_one[a]"), Item("test_a.py::test_one[b]")], "jax", tmp_path)
    note([Item("test_a.py::test_one[a]")], "torch", tmp_path)
    assert not_shared(tmp_path) == {"test_a.py::test_one[b]": ["jax"]}
    note([Item("test_a.py::test_one[b]"), Item("test_a.py::test_all", ())], "torch", tmp_path)
    assert not_shared(tmp_path) == {}
