"""Programs of inductor that later processes load without it."""

import os
import types

import pytest


@pytest.fixture(autouse=True, scope="module")  # before the others, which import PyTorch
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.fixture(scope="module")
def example():
    import torch

    torch.manual_seed(0)
    return [torch.rand(3, 4), torch.rand(3, 4), torch.rand(3, 4)]


@pytest.fixture
def graph_of(example):
    import torch

    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_inductor import updating_in_place
    from triceras.engines.torch_threefry import compiled

    if compiled() is None:
        pytest.skip("no compiler")

    def made(constant=2.0, aliases=False, in_place=True):
        def step(a, b, c):
            words = torch.ops.triceras.random_bits(torch.tensor([1, 2]).int(), 4)
            a = (a + words % 3) * b * torch.tensor([constant, 3.0, 4.0, 5.0])
            return [a, (a * c).sum(), b if aliases else b + 1]

        graph = traced(step, tuple(example)).function
        return updating_in_place(graph, 1) if in_place else graph

    return made


@pytest.fixture
def place_of(example, tmp_path):
    from triceras.engines.torch_kept import KeptProgram

    return lambda graph: KeptProgram(tmp_path / "programs", graph, example, 1)


@pytest.mark.slow
def test_a_program_that_is_kept_is_loaded_without_inductor(
    graph_of, place_of, example, tmp_path, monkeypatch, caplog
):
    import torch

    from triceras.engines import torch_inductor

    def compiled(constant=2.0):
        graph = graph_of(constant, in_place=False)
        given = [a.clone() for a in example]
        found = torch_inductor.compiled(graph, given, 1, tmp_path / "programs")
        return found and (found.kept, found.run(*given))

    kept, first = compiled()
    assert kept
    expected = graph_of(in_place=False)(*example)
    assert all(torch.allclose(a, b) for a, b in zip(first, expected, strict=True))

    (path,) = (tmp_path / "programs").iterdir()
    os.utime(path, times=(0, 0))
    made = []
    monkeypatch.setattr(torch_inductor, "by_inductor", lambda *_: made.append(None))
    kept, again = compiled()
    assert kept
    assert not made
    assert path.stat().st_mtime > 0  # it is in use
    assert all(map(torch.equal, first, again))
    assert compiled(constant=6.0) is None
    assert len(made) == 1

    content = path.read_bytes()
    # Another file of this name: the first one is a part of this process.
    path.unlink()
    path.write_bytes(content + b"0")
    assert compiled() is None
    assert "is damaged" in caplog.text


@pytest.mark.slow_on("torch")
def test_what_makes_another_program(graph_of, example, monkeypatch):
    import torch

    from triceras.engines.torch_kept import key_of

    def key(graph, given=example, changed=1):
        return key_of(graph, given, [*graph.parameters(), *graph.buffers()], changed)

    before = key(graph_of())
    assert key(graph_of()) == before
    turned = [a.t().contiguous().t() for a in example]
    others = [key(graph_of(6.0)), key(graph_of(aliases=True)), key(graph_of(), turned)]
    others.append(key(graph_of(), changed=2))
    monkeypatch.setenv("TORCHINDUCTOR_CPP_MARCH", "x86-64")
    others.append(key(graph_of()))
    monkeypatch.undo()
    monkeypatch.setattr(torch, "get_num_threads", lambda: 99)
    others.append(key(graph_of()))
    assert len({before, *others}) == 7


@pytest.mark.parametrize(
    ("libraries", "aliases", "kept"), [(1, False, True), (2, False, False), (1, True, False)]
)
def test_it_is_kept_where_one_library_does_it(
    graph_of, place_of, tmp_path, monkeypatch, libraries, aliases, kept
):
    from triceras.engines import torch_kept

    graph = graph_of(aliases=aliases)
    (tmp_path / "library.so").write_bytes(b"content")
    library = types.SimpleNamespace(__file__=str(tmp_path / "library.so"))
    setattr(library, torch_kept.ENTRY, graph)
    place = place_of(graph)
    monkeypatch.setattr(place, "calling", lambda entry: entry)
    found = place.keep(graph, [library] * libraries + [types.SimpleNamespace()])
    assert bool(found) == kept
    files = list((tmp_path / "programs").glob("*"))
    assert [path.read_bytes() for path in files] == [b"content"] * kept


def test_a_program_that_does_not_do_the_same_is_not_kept(graph_of, place_of, tmp_path, monkeypatch):
    from triceras.engines import torch_kept

    place = place_of(graph_of())
    monkeypatch.setattr(place, "calling", lambda entry: entry)
    library = types.SimpleNamespace(__file__="nowhere.so")
    setattr(library, torch_kept.ENTRY, graph_of(6.0))
    assert place.keep(graph_of(), [library]) is None


def test_a_file_that_cannot_be_loaded(graph_of, place_of, tmp_path, caplog):
    from triceras.engines.torch_kept import digest

    place = place_of(graph_of())
    place.folder.mkdir()
    (place.folder / f"{place.key}-{digest(b'text')}.so").write_bytes(b"text")
    assert place.load() is None
    assert "compiled anew" in caplog.text
