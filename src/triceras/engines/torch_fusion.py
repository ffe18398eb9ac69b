"""A graph in which neighbouring operations on single elements are one call of compiled code."""

import itertools
import operator
from collections import Counter
from collections.abc import Iterable
from typing import Any

import torch
from torch.fx import Graph, GraphModule, Node

from triceras.engines.torch_encoding import Encoder, Loop, Place
from triceras.engines.torch_kernels import kernel
from triceras.engines.torch_memory import home_of, same_form
from triceras.engines.torch_pointwise import recipe_of
from triceras.engines.torch_recipes import Number, Step, dtype_of, number
from triceras.engines.torch_simplify import is_view, root_of

NAMES = itertools.count()
# How many kinds of operations a trace names.
NAMED = 4


def fused(graph: GraphModule, state: int, function: Any) -> GraphModule:
    """Computes by compiled code what is computed element by element, as much at once as possible.

    Args:
        graph: `simplified`; it is left as it is.
        state: how many of its first arguments are the state, whose new values it returns first.
            They are overwritten by these where nobody reads them afterwards.
        function: `pointwise`, of pointwise.c.

    Returns:
        A new graph, whose results are the same to the bit.
    """
    return Fusion(graph, state, function).fused()


class Fusion:
    """See `fused`."""

    def __init__(self, graph: GraphModule, state: int, function: Any):
        self.graph, self.state, self.function = graph, state, function
        self.nodes: list[Node] = list(graph.graph.nodes)
        self.recipes: dict[Node, list[Step]] = {}
        self.numbers: dict[Node, Number] = {}
        for node in self.nodes:
            self.look_at(node)
        self.slots = self.slots_of_state()
        # Where the elements of a node are that took the place of a part of the state.
        self.memory: dict[Node, Node] = {}
        # Calls of compiled code and single nodes, in their new order.
        self.schedule: list[Any] = []
        self.done: set[Node] = set()

    def look_at(self, node: Node) -> None:
        """Finds out whether a node is a number, or is computed element by element."""
        if node.op == "get_attr":
            value = getattr(self.graph, str(node.target), None)
            if isinstance(value, torch.Tensor) and value.numel() and value.device.type == "cpu":
                flat = value.reshape(-1)
                if value.dtype in (torch.float32, torch.int32, torch.bool):
                    bits = flat if value.dtype is torch.bool else flat.view(torch.int32)
                    if bool((bits == bits[0]).all()):
                        self.numbers[node] = number(int(bits[0]))
            node.meta.setdefault("val", value)
        elif node.target is torch.ops.aten.fill.Scalar and dtype_of(node) is torch.float32:
            self.numbers[node] = number(float(node.args[1]))  # pyright: ignore[reportArgumentType]
        elif node.op == "call_function":
            recipe = recipe_of(node)
            if recipe is not None:
                self.recipes[node] = [
                    step._replace(
                        operands=tuple(
                            self.numbers.get(a, a) if isinstance(a, Node) else a
                            for a in step.operands
                        )
                    )
                    for step in recipe
                ]

    def slots_of_state(self) -> dict[Node, Node]:
        """The part of the state that each new value takes the place of."""
        arguments = [node for node in self.nodes if node.op == "placeholder"][: self.state]
        results = self.nodes[-1].args[0]
        assert isinstance(results, list | tuple)
        return {
            result: argument
            for argument, result in zip(arguments, results, strict=False)
            if result in self.recipes and same_form(argument.meta["val"], result.meta["val"])
        }

    def unread(self) -> set[Node]:
        """What nobody reads once a number takes the place of many, all of them the same."""
        found: set[Node] = set()
        for node in reversed(self.nodes):
            filled = node.target is torch.ops.aten.fill.Scalar and node in self.numbers
            empty = node.target is torch.ops.aten.empty_like.default
            readers = node.users.keys() - found
            if (filled and readers <= self.recipes.keys()) or (empty and not readers):
                found.add(node)
        return found

    # In which order.

    def fused(self) -> GraphModule:
        """The new graph."""
        unread = self.unread()
        for node in self.nodes:
            if node in unread:
                continue
            if node.op in ("placeholder", "get_attr"):
                self.schedule.append(node)
                self.done.add(node)
            elif node not in self.recipes and home_of(node) is node:
                self.need(node.all_input_nodes)
                self.schedule.append(node)
                self.done.add(node)
        return self.rebuilt()

    def need(self, wanted: Iterable[Node]) -> None:
        """Puts nodes on the schedule, with all that they are computed of."""
        views, missing, waiting = set(), set(), list(wanted)
        while waiting:
            node = waiting.pop()
            if node in self.done or node in missing or node in views:
                continue
            if node in self.recipes:
                missing.add(node)
                # A view is read where it lies.
                waiting += map(home_of, operands_of(self.recipes[node]))
            else:
                views.add(node)
                waiting += node.all_input_nodes
        if missing:
            self.schedule.append(self.loops_of(missing))
        self.schedule += [node for node in self.nodes if node in views]
        self.done |= missing | views

    def loops_of(self, missing: set[Node]) -> list[Loop]:
        """Loops, each over one shape, that can run one after the other."""
        left = [node for node in self.nodes if node in missing]
        loops = []
        while left:
            shape = left[0].meta["val"].shape
            taken: dict[Node, list[Step]] = {}
            later: list[Node] = []
            for node in left:
                operands = operands_of(self.recipes[node])
                homes = [home_of(operand) for operand in operands]
                waits = any(
                    home in later or (home in taken and home is not operand)
                    for home, operand in zip(homes, operands, strict=True)
                )
                if waits or node.meta["val"].shape != shape:
                    later.append(node)
                else:
                    taken[node] = self.recipes[node]
            loops.append(Loop(tuple(shape), taken))
            left = later
        return loops

    # The new graph.

    def rebuilt(self) -> GraphModule:
        """The graph as it is scheduled."""
        self.position: dict[Node, tuple[int, int]] = {}
        for i, item in enumerate(self.schedule):
            if isinstance(item, Node):
                self.position[item] = (i, 0)
            else:
                self.position |= {
                    node: (i, k) for k, one in enumerate(item) for node in one.recipes
                }
        self.new, self.copies = Graph(), {}
        for item in self.schedule:
            if isinstance(item, Node):
                self.copies[item] = self.new.node_copy(item, self.copies.__getitem__)
            else:
                self.call(item)
        for node in self.new.nodes:
            if node.op == "get_attr" and not node.users:
                self.new.erase_node(node)
        return GraphModule(self.graph, self.new)

    def call(self, loops: list[Loop]) -> None:
        """Adds a call of compiled code to the new graph."""
        made: list[Node] = []
        for loop in loops:
            for node in loop.recipes:
                if node in self.slots and self.can_be_overwritten(self.slots[node], node):
                    loop.stored[node] = self.memory[node] = self.slots[node]
                elif self.is_stored(node, loop):
                    loop.stored[node] = node
                    made.append(node)
        encoders = [Encoder(loop, self.locate) for loop in loops]
        roots = itertools.chain.from_iterable(encoder.roots() for encoder in encoders)
        inputs = [root for root in dict.fromkeys(roots) if root not in made]
        position = {root: i for i, root in enumerate([*inputs, *made])}
        here = {node for loop in loops for node in loop.recipes}
        visible = [node for node in made if not self.readers(node) <= here]
        run = kernel(
            self.function,
            f"pointwise_{next(NAMES)}",
            [encoder.numbers(position) for encoder in encoders],
            [node.meta["val"] for node in made],
            [made.index(node) for node in visible],
            [node.meta["val"] for node in inputs],
            label_of(node for loop in loops for node in loop.recipes),
        )
        called = self.new.call_function(run, tuple(self.copies[node] for node in inputs))
        for i, node in enumerate(visible):
            self.copies[node] = self.new.call_function(operator.getitem, (called, i))
        for node in here & self.memory.keys():
            self.copies[node] = self.copies[self.memory[node]]

    def locate(self, operand: Node) -> Place:
        """Where the elements of an operand are."""
        home, value = home_of(operand), operand.meta["val"]
        offset = value.storage_offset() - home.meta["val"].storage_offset()
        root = self.memory.get(home, home)
        return Place(root, offset, tuple(value.shape), value.stride(), value.dtype)

    def readers(self, node: Node) -> set[Node]:
        """All that reads a node, or a view of it."""
        found, waiting = set(), list(node.users)
        while waiting:
            user = waiting.pop()
            if user not in found:
                found.add(user)
                if is_view(user):
                    waiting += list(user.users)
        return {user for user in found if not is_view(user)}

    def is_stored(self, node: Node, loop: Loop) -> bool:
        """Whether a value has to be kept beyond the loop that computes it."""
        direct = {u for u in node.users if u in loop.recipes}
        return not self.readers(node) <= direct

    def can_be_overwritten(self, argument: Node, node: Node) -> bool:
        """Whether nobody reads an argument once a node is computed."""
        own = self.position[node]
        # Not where a view of it is read as well, of which other elements come later.
        direct = {
            user
            for user in argument.users
            if all(o is argument or root_of(o) is not argument for o in user.all_input_nodes)
        }
        return all(
            reader in self.position
            and (self.position[reader] < own or (self.position[reader] == own and reader in direct))
            for reader in self.readers(argument)
            # What is not on the schedule is not computed.
            if reader in self.position or reader.op == "output"
        )


def label_of(nodes: Iterable[Node]) -> str:
    """What a trace calls a call of compiled code: how much it computes, and mostly what."""
    counts = Counter(str(node.target).removeprefix("aten.").partition(".")[0] for node in nodes)
    names = ", ".join(name.strip("_") for name, _ in counts.most_common(NAMED))
    return f"pointwise, {counts.total()} in all: {names}"


def operands_of(recipe: list[Step]) -> list[Node]:
    """The nodes of whose values another one is computed."""
    return [a for step in recipe for a in step.operands if isinstance(a, Node)]
