from types import SimpleNamespace

import keras
import numpy as np
import pytest

from triceras.modelling.attribute_digests import Digest, attribute_digests


class Slotted:
    __slots__ = ("__hidden", "empty")

    def __init__(self):
        self.__hidden = [1]

    def change(self):
        self.__hidden.append(2)


class Table(dict):
    def change(self):
        self["key"] = 2


def chain(length):
    last = first = SimpleNamespace(number=0)
    for _ in range(length):
        last = SimpleNamespace(before=last)
    return first, last


def changes():
    """Values by name, each with what changes it where it is."""
    first, last = chain(5000)
    array, texts = np.zeros(3), np.array(["a", {"b": 1}], dtype=object)
    cycle = SimpleNamespace(number=1)
    cycle.itself = [cycle]
    slotted, table = Slotted(), Table(key=1)
    variable = keras.Variable([1.0, 2.0])
    return {
        "a chain": (last, lambda: setattr(first, "number", 1)),
        "an array": ([array], lambda: array.fill(np.nan)),
        "an array of objects": (texts, lambda: texts[1].update(b=2)),
        "a cycle": (cycle, lambda: setattr(cycle, "number", 2)),
        "slots": ({"slots": slotted}, slotted.change),
        "a dictionary of a class": ((table,), table.change),
        "a variable": ({"of": variable}, lambda: variable.assign([1.0, 3.0])),
        "a set": (cycle.__dict__.setdefault("set", {1, 2}), lambda: cycle.set.add(3)),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", changes())
def test_a_change_anywhere_is_seen(name):
    value, change = changes()[name]
    before = Digest(value, set())
    assert before == Digest(value, set())
    change()
    assert before != Digest(value, set())


def test_what_checkpoints_have_is_passed_over():
    variable = keras.Variable([1.0, 2.0])
    before = Digest([variable], {id(variable)})
    variable.assign([1.0, 3.0])
    assert before == Digest([variable], {id(variable)})


class Own(keras.layers.Dense):
    def __init__(self):
        super().__init__(2)
        self.options = SimpleNamespace(inner=SimpleNamespace(beta=1.0), others=[])
        self.things = [SimpleNamespace(beta=1.0)]


def test_attributes_have_names_for_people():
    model = keras.Sequential([keras.Input((3,)), Own()])
    layer = model.layers[0]

    def changed(before):
        now = attribute_digests(model)
        return {name for place, (name, digest) in now.items() if before[place][1] != digest}

    before = attribute_digests(model)
    assert not changed(before)
    layer.kernel.assign(layer.kernel + 1.0)
    assert not changed(before)
    layer.options.inner.beta = 2.0
    layer.things[0].beta = 2.0
    assert changed(before) == {f"{layer.name}.options.inner", f"{layer.name}.things"}
    layer.options = SimpleNamespace(**vars(layer.options))
    assert f"{layer.name}.options" in {name for name, _ in attribute_digests(model).values()}
