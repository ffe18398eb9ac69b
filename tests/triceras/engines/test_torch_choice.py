"""Whether compiling pays."""

import importlib
import time

import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.fixture
def graph():
    import torch

    from triceras.engines.torch_graph import traced

    return traced(lambda x: [x + 1], (torch.ones(2),)).function


@pytest.fixture
def other():
    import torch

    from triceras.engines.torch_graph import traced

    return traced(lambda x: [x * 3 + 1], (torch.ones(2),)).function


@pytest.fixture
def choices(tmp_path):
    from triceras.engines.torch_choice import Choices

    return Choices(tmp_path / "choices")


def never():
    raise AssertionError("measured")


def test_what_is_long_and_slow_is_compiled(choices, graph):
    assert not choices.compiles(graph, 999, never)
    assert not choices.compiles(graph, 1_000, lambda: 1e-6)
    assert choices.compiles(graph, 2_000, lambda: 1e-3)


def test_what_was_chosen_first_stays(choices, graph):
    from triceras.engines.torch_choice import Choices

    assert choices.compiles(graph, 2_000, lambda: 1e-3)
    assert Choices(choices.folder).compiles(graph, 2_000, never)
    assert not choices.compiles(graph, 3_000, lambda: 1e-9)
    choices.note(graph, seconds=1e-6, step=1e-9, traced=1.0)
    assert not choices.compiles(graph, 3_000, never)


def test_a_graph_that_was_compiled_is_judged_by_its_own_numbers(choices, graph, other):
    choices.note(graph, seconds=8.0, step=0.5e-3, traced=1e-3)
    # A quarter of 8 s, as inductor has it in its cache, against 0.5 ms a step.
    assert not choices.compiles(graph, 3_900, lambda: 1e-3)
    assert choices.compiles(graph, 4_100, lambda: 1e-3)
    # Another one costs as much an operation, and saves as large a share.
    size = len(other.graph.nodes) / len(graph.graph.nodes)
    assert not choices.compiles(other, int(15_000 * size), lambda: 1e-3)
    assert choices.compiles(other, int(17_000 * size), lambda: 1e-3)


def test_a_smaller_graph_costs_as_much(choices, graph, other):
    choices.note(other, seconds=8.0, step=0.5e-3, traced=1e-3)
    assert not choices.compiles(graph, 15_000, lambda: 1e-3)
    assert choices.compiles(graph, 17_000, lambda: 1e-3)


def test_where_tracing_is_slow_so_is_compiling(choices, graph, other):
    # 25 times of what tracing took, against 0.5 ms a step.
    assert not choices.compiles(graph, 9_000, lambda: 1e-3, tracing=0.2)
    assert choices.compiles(graph, 11_000, lambda: 1e-3, tracing=0.2)
    # What was measured says more.
    choices.note(other, seconds=2.0, step=0.5e-3, traced=1e-3)
    assert choices.compiles(graph, 9_500, lambda: 1e-3, tracing=0.2)


def test_the_quickest_step_counts():
    import torch

    from triceras.engines.torch_choice import MOST_TIMED, timed

    def step(state):
        taken.append(state)
        # As where one thread waits for another, but for one step.
        time.sleep(0) if len(taken) == MOST_TIMED else spin(0.02)
        return [state + 1]

    def spin(seconds):
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

    taken = []
    assert timed(step, [torch.zeros(2)], 1) < 0.01
    assert len(taken) == 1 + MOST_TIMED


def test_a_program_that_is_kept_pays_sooner(choices, graph):
    choices.note(graph, seconds=8.0, step=0.5e-3, traced=1e-3, kept=True)
    assert not choices.compiles(graph, 1_000, lambda: 0.6e-3)
    assert choices.compiles(graph, 1_001, lambda: 1e-3)


def test_what_is_slower_compiled_is_not_compiled_again(choices, graph):
    from triceras.engines.torch_choice import Choices

    assert choices.compiles(graph, 2_000, lambda: 1e-3)
    assert choices.stays(graph, 2_000, step=1e-3, traced=2e-3)
    # What was seen first stays, so that the same command gives the same bits.
    assert choices.stays(graph, 2_000, step=2e-3, traced=1e-3)
    assert choices.compiles(graph, 2_000, never)
    assert choices.compiles(graph, 3_000, lambda: 1e-3)
    assert not choices.stays(graph, 3_000, step=2e-3, traced=1e-3)
    assert not Choices(choices.folder).compiles(graph, 3_000, never)
    assert not Choices(choices.folder).stays(graph, 3_000, step=1e-3, traced=2e-3)


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize(("quicker", "remembered"), [(True, "inductor"), (False, "traced")])
def test_a_run_takes_what_is_quicker(start, monkeypatch, quicker, remembered):

    module = importlib.import_module("triceras.engines.torch_programs")
    taken = []

    def slowly(graph, *_):
        from triceras.engines.torch_inductor import Compiled

        def run(*arguments):
            taken.append(graph)
            return graph(*arguments)

        return Compiled(run, False)

    monkeypatch.setattr(module, "compiled", slowly)
    times = iter([1.0, 2.0] if quicker else [2.0, 1.0])
    monkeypatch.setattr(module, "timed", lambda *_: next(times, 1.0))
    monkeypatch.setattr(module, "choices", lambda: module.Choices(None))
    monkeypatch.setattr(
        module, "compiles", lambda *given: given[-1].setdefault("compiler", "inductor")
    )
    run = start(planned_steps=10**6)
    run.train(0, 2)
    assert run.engine.remembered == {"compiler": remembered}
    assert bool(taken) == quicker
    # A run that goes on does as it began, however long its steps take now.
    again = start(planned_steps=10**6)
    again.engine.remembered = {"compiler": "inductor"}
    monkeypatch.setattr(module, "timed", lambda *_: 2.0)
    taken.clear()
    again.train(0, 2)
    assert taken


def test_what_convolves_for_most_of_its_time_is_not_compiled(choices, graph):
    assert not choices.compiles(graph, 2_000, never, lambda: 0.3)
    assert choices.compiles(graph, 3_000, lambda: 1e-3, lambda: 0.1)
    # What was measured of it before says more.
    choices.note(graph, seconds=8.0, step=0.5e-3, traced=1e-3)
    assert choices.compiles(graph, 100_000, lambda: 1e-3, lambda: 0.3)


def test_share_of_convolutions(graph):
    import torch

    from triceras.engines.torch_choice import share_of_convolutions
    from triceras.engines.torch_graph import traced

    def step(state, x):
        state.add_(1)
        return [state, torch.nn.functional.conv2d(x, torch.ones(64, 8, 3, 3)).sin()]

    example = torch.zeros(2), torch.ones(8, 8, 32, 32)
    share = share_of_convolutions(traced(step, example).function, example, 1)
    assert 0.02 < share < 0.999
    assert not example[0].any()
    assert share_of_convolutions(graph, [torch.ones(2)], 1) == 0


def test_of_two_processes_the_first_one_chooses(choices, graph):
    from triceras.engines.torch_choice import Choices

    def slowly():
        assert not Choices(choices.folder).compiles(graph, 2_000, lambda: 1e-9)
        return 1.0

    assert not choices.compiles(graph, 2_000, slowly)
    assert not [path for path in choices.folder.iterdir() if path.suffix != ".json"]


def test_damaged_files_and_folders_that_cannot_be_written_are_no_obstacle(choices, graph, tmp_path):
    from triceras.engines.torch_choice import Choices, key_of

    choices.compiles(graph, 2_000, lambda: 1.0)
    (choices.folder / f"{key_of(graph)}-2000.json").write_text("{")
    (choices.folder / f"{key_of(graph)}.json").write_text("[]")
    assert choices.compiles(graph, 2_000, lambda: 1.0)
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", None):
        assert Choices(folder).compiles(graph, 2_000, lambda: 1.0)


def test_graphs_of_other_shapes_or_numbers_are_others(graph, other):
    import torch

    from triceras.engines.torch_choice import key_of
    from triceras.engines.torch_graph import traced

    larger = traced(lambda x: [x + 1], (torch.ones(3),)).function
    again = traced(lambda x: [x + 1], (torch.zeros(2),)).function
    assert len({key_of(one) for one in (graph, other, larger)}) == 3
    assert key_of(graph) == key_of(again)


@pytest.mark.slow_on("torch")
def test_a_run_that_goes_on_is_computed_as_it_began(start, monkeypatch):

    asked = []
    module = importlib.import_module("triceras.engines.torch_programs")
    monkeypatch.setattr(module, "compiled", lambda graph, *_: asked.append(graph) or None)
    for remembered, expected in (("traced", False), ("inductor", True)):
        run = start(planned_steps=10**6 if remembered == "traced" else 5)
        run.engine.remembered = {"compiler": remembered}
        run.train(0, 2)
        assert bool(asked) == expected
    run = start(planned_steps=5)
    run.train(0, 2)
    assert run.engine.remembered == {"compiler": "traced"}


def test_what_else_a_machine_does_is_not_counted():
    import time

    import torch

    from triceras.engines.torch_choice import timed

    def waiting(x):
        time.sleep(0.02)
        return [x + 1]

    x = torch.zeros(2)
    assert timed(waiting, [x], 1) < 0.01
    assert not x.any()
