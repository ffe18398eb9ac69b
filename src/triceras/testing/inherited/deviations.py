"""What a YAML file says about its tests: `tests: {tolerance: 1e-4, resume: false, why: ...}`."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from triceras.errors import UserError

# A test that `false` leaves out.
TESTS = {
    "model": ("build", "serialization", "gradients"),
    "layer": ("build", "serialization", "gradients", "mixed_precision", "learning", "parity"),
    "objective": ("build", "serialization", "gradients", "mixed_precision", "learning", "parity"),
    "data": ("load",),
    "experiment": (),
}
TRAINING_TESTS = ("loops", "parity", "resume", "mixed_precision", "learning")
TRAINED = ("model", "experiment")
# Other ways of testing, for which there must be a reason.
NUMBERS = ("tolerance", "steps")
TRAINING_VALUES = {
    "falls": str,  # a loss or metric that falls, where `loss` itself need not
    "rises": str,  # a metric that rises
    "overrides": list,  # as on the command line, to make it small
    "no_gradient": list,  # parts of the paths of variables that nothing trains
}
# What a test needs to know.
DESCRIPTIONS = {
    "model": {"data": str, "experiment": str},
    "experiment": {"data": str},
    "data": {"file": str},
    "layer": {"input_shape": list, "inputs": list, "call": dict},
    "objective": {"y_true": (list, dict), "y_pred": (list, dict)},
}


@dataclasses.dataclass
class Deviations:
    """All that is said about the tests of a subject.

    Args:
        values: by key.
        reasons: for each of these that is a deviation, the file and why.
    """

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    reasons: dict[str, str] = dataclasses.field(default_factory=dict)

    def get(self, key: str, otherwise: Any = None) -> Any:
        """What is said of a key."""
        return self.values.get(key, otherwise)

    def left_out(self, test: str) -> str | None:
        """Why a test is left out; `None` where it is not."""
        return self.reasons[test] if self.values.get(test) is False else None

    def add(self, kind: str, said: Any, where: str) -> "Deviations":
        """Adds what a file says; where two say something of one key, the later one counts.

        Args:
            kind: `model`, `experiment`, `data`, `layer` or `objective`.
            said: what is under `tests`, or `None`.
            where: the file.

        Raises:
            UserError: it says what no test knows, or a deviation has no reason.
        """
        if said is None:
            return self
        if not isinstance(said, Mapping):
            raise UserError(f"{where}: tests={said} is no dictionary: write tests: {{<key>: ...}}")
        kinds = allowed(kind)
        for key, value in said.items():
            check(key, value, kinds, where)
            self.values[key] = value
            if key in DESCRIPTIONS[kind] or key == "why":
                continue
            if not str(said.get("why") or "").strip():
                raise UserError(
                    f"{where}: tests.{key}={shown(value)} says not why: add why: <reason>"
                )
            self.reasons[key] = f"{where}, tests.{key}={shown(value)}: {said['why']}"
        return self


def allowed(kind: str) -> dict[str, Any]:
    """The keys that are known of a kind, and of what type their values are."""
    tests = (*TESTS[kind], *(TRAINING_TESTS if kind in TRAINED else ()))
    if kind == "experiment":
        tests = (*TESTS["model"], *tests)
    values = TRAINING_VALUES if kind in TRAINED else {}
    numbers = dict.fromkeys(NUMBERS if kind != "data" else (), (int, float))
    return {
        **dict.fromkeys(tests, bool),
        **numbers,
        **values,
        **DESCRIPTIONS[kind],
        "why": str,
    }


def check(key: str, value: Any, kinds: Mapping[str, Any], where: str) -> None:
    """Checks that a key is known, and that its value is of the right type."""
    if key not in kinds:
        raise UserError(f"{where}: tests.{key} is unknown: use one of {', '.join(kinds)}")
    number = key in NUMBERS
    right = isinstance(value, kinds[key]) and not (number and isinstance(value, bool))
    if number and right:
        right = value > 0
    if not right:
        wanted = "a number above 0" if number else name_of(kinds[key])
        raise UserError(f"{where}: tests.{key}={shown(value)} is not {wanted}")


def name_of(kind: Any) -> str:
    """What a person is told of a type."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    names = {bool: "true or false", str: "a text", list: "a list", dict: "a dictionary"}
    return " or ".join(names[each] for each in kinds)


def shown(value: Any) -> str:
    """A value as it is written in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)
