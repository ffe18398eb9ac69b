"""The table as a part of a page."""

from collections.abc import Mapping, Sequence

from triceras.keras_table.compare import Key, Line
from triceras.keras_table.optimizers import OPTIONS, found
from triceras.keras_table.reasons import REASONS
from triceras.testing.markdown import table

HEADINGS = {
    "layer": "Layers",
    "constraint": "Constraints",
    "regularizer": "Regularizers",
}


def markdown(lines: Mapping[Key, Line], why_not: Mapping[str, str]) -> str:
    """All lines.

    Args:
        lines: what became of each model.
        why_not: layers that are not trained, and why.
    """
    same = sum(line.same for line in lines.values())
    parts = [f"{same} of {len(lines)} models train to one curve."]
    missing = sum(bool(line.missing) for line in lines.values())
    if missing:
        parts = [f"{parts[0][:-1]}; {missing} (†) have not been trained on every backend."]
    for kind, heading in HEADINGS.items():
        rows = [
            [name, *cells((kind, name), line)] for (k, name), line in lines.items() if k == kind
        ]
        if kind == "layer":
            rows = sorted([*rows, *([name, "", why] for name, why in why_not.items())])
        parts += [f"## {heading}", table([kind, "difference", "remark"], rows)]
    return "\n\n".join([*parts, *optimizers(lines)])


def cells(key: Key, line: Line) -> list[str]:
    """The difference of a model, and a remark."""
    remarks = [REASONS.get(key, "")]
    if line.eager:
        remarks.append(f"not compiled: {places(line.eager)}")
    if key not in REASONS:
        remarks += [f"{' '.join(place)}: {error}" for place, error in line.errors.items()]
    return [number(line), "; ".join(remark for remark in remarks if remark)]


def places(found: Sequence[tuple[str, str]]) -> str:
    """Backends and loops in words."""
    return ", ".join(" ".join(place) for place in found)


def number(line: Line) -> str:
    """A difference, with a mark where a backend is missing, or that there is none to tell."""
    if line.worst is None:
        return "none trains"
    return f"{line.worst:.0e}{'†' if line.missing else ''}"


def optimizers(lines: Mapping[Key, Line]) -> list[str]:
    """A table of options and optimizers, one of the rest, and the remarks to both."""
    names = list(found())
    rest = {k: line for k, line in lines.items() if k[0] == "optimizer"}
    rows = []
    for option in ("", *OPTIONS):
        keys = [("optimizer", f"{name} {option}".strip()) for name in names]
        if any(key in rest for key in keys):
            taken = [rest.pop(key, None) for key in keys]
            rows.append([option or "as it comes", *(number(a) if a else "" for a in taken)])
    others = [[name, *cells((k, name), line)] for (k, name), line in rest.items()]
    remarks = [
        [name, *cells((kind, name), line)]
        for (kind, name), line in lines.items()
        if kind == "optimizer" and (kind, name) not in rest and any(cells((kind, name), line)[1:])
    ]
    parts = ["## Optimizers, by option", table(["option", *names], rows, numbers=True)]
    parts += [table(["optimizer", "difference", "remark"], remarks)] if remarks else []
    heading = "## Options together, and schedules of the learning rate"
    return [*parts, heading, table(["optimizer", "difference", "remark"], others)]


def problems(lines: Mapping[Key, Line]) -> list[str]:
    """A line for each model that does not train to one curve, and none says why."""
    return [
        f"{' '.join(key)}: {number(line)} {dict(line.errors) or ''}".strip()
        for key, line in lines.items()
        if not line.same and key not in REASONS
    ]
