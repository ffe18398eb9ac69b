"""What the inputs and outputs of an ONNX file are called."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


def name_ends(path: Path, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Gives the inputs and outputs of a file the names that a model has for them.

    PyTorch numbers them, so that nobody could tell which of several is which.

    Args:
        path: of the file, which is written anew.
        inputs: their names, in the order of the file; as many as it has, or they stay.
        outputs: the same of the outputs.
    """
    import onnx

    model: Any = onnx.load(path)
    names: dict[str, str] = {}
    for ends, wanted in ((model.graph.input, inputs), (model.graph.output, outputs)):
        # Those that have the names have them right, in an order of their own.
        if len(ends) == len(wanted) and {end.name for end in ends} != set(wanted):
            names |= {end.name: name for end, name in zip(ends, wanted, strict=True)}
    if len(set(names.values())) < len(names):
        # An output may be called as an input is, or be one.
        return
    within = {name for graph in graphs(model.graph) for name in values(graph)} - names.keys()
    names |= {name: f"{name}_within" for name in within & set(names.values())}
    for graph in graphs(model.graph):
        rename(graph, names)
    onnx.save(model, path)


def graphs(graph: Any) -> Iterator[Any]:
    """A graph and those of its loops and branches."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from graphs(inner)


def values(graph: Any) -> Iterator[str]:
    """The names of all that is computed or kept in a graph."""
    for group in (graph.input, graph.output, graph.initializer, graph.value_info):
        yield from (one.name for one in group)
    for node in graph.node:
        yield from (*node.input, *node.output)


def rename(graph: Any, names: Mapping[str, str]) -> None:
    """Gives values of a graph other names."""
    for group in (graph.input, graph.output, graph.initializer, graph.value_info):
        for one in group:
            one.name = names.get(one.name, one.name)
    for node in graph.node:
        for ends in (node.input, node.output):
            ends[:] = [names.get(name, name) for name in ends]
