import pytest

from triceras.tracking.flattened import flattened

pytestmark = pytest.mark.once


def test_a_nested_configuration_has_dotted_names():
    assert flattened(
        {
            "seed": 3,
            "shuffle": True,
            "rate": 1e-3,
            "notes": None,
            "empty": [],
            "shape": [28, None, "x"],
            "metrics": [{"name": "a"}, {"name": "b"}],
            "nested": {"deep": {"name": "c"}, "none": {}},
        }
    ) == {
        "seed": 3,
        "shuffle": True,
        "rate": 1e-3,
        "notes": "null",
        "empty": "[]",
        "shape": "[28, null, x]",
        "metrics.0.name": "a",
        "metrics.1.name": "b",
        "nested.deep.name": "c",
    }
