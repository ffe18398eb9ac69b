"""Compares the evidence of processes with each other."""

import dataclasses
import itertools
from collections.abc import Mapping

from triceras.parity.difference import Difference, compare_losses, compare_tensors
from triceras.parity.evidence import LOSSES, PARTS, Evidence

# What no step can go on from where it is not finite.
FINITE = ("gradients", "update")

# Kinds of comparisons.
BACKENDS, LOOPS, REPEAT, CHAOS = "backends", "loops", "repeat", "chaos"


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two computations that should agree.

    Args:
        kind: `backends`, `loops` (of one backend), `repeat` (a backend with itself) or `chaos`
            (a backend with itself from weights that were moved by one ulp, which proves nothing
            wrong and counts for no verdict).
        reference: the name of what `other` is compared with.
        other: the name of the other.
        differences: for each part of the evidence, and `losses`.
        curves: of the reference and of the other, as `(backend's label, loop)`.
    """

    kind: str
    reference: str
    other: str
    differences: dict[str, Difference]
    curves: tuple[tuple[str, str], tuple[str, str]]

    @property
    def passed(self) -> bool:
        return self.kind == CHAOS or all(d.passed for d in self.differences.values())


def compare_all(
    evidence: Mapping[str, Evidence], backends: list[str], tolerance: Mapping[str, float]
) -> list[Comparison]:
    """Makes all comparisons that the evidence allows.

    Args:
        evidence: by label: a backend's name, `<backend>-again` and `<backend>-moved`.
        backends: in order; each is compared with all that come before it.
        tolerance: of each part, of `loss` and of `loops`; see `conf/parity.yaml`.
    """
    main_loop = next(iter(evidence[backends[0]].losses))
    found = [
        Comparison(
            BACKENDS,
            one,
            other,
            all_parts(evidence[one], evidence[other], tolerance, main_loop),
            ((one, main_loop), (other, main_loop)),
        )
        for one, other in itertools.combinations(backends, 2)
    ]
    for backend in backends:
        losses = evidence[backend].losses
        for loop in list(losses)[1:]:
            difference = compare_losses(losses[main_loop], losses[loop], tolerance["loops"])
            found.append(
                Comparison(
                    LOOPS,
                    f"{backend} {main_loop}",
                    f"{backend} {loop}",
                    {LOSSES: difference},
                    ((backend, main_loop), (backend, loop)),
                )
            )
    nothing = dict.fromkeys([*PARTS, "loss"], 0.0)
    for backend in backends:
        again = evidence.get(f"{backend}-again")
        if again is None:
            continue
        for loop in again.losses:
            parts = all_parts(evidence[backend], again, nothing, loop)
            found.append(
                Comparison(
                    REPEAT,
                    f"{backend} {loop}",
                    f"{backend} {loop} again",
                    parts if loop == main_loop else {LOSSES: parts[LOSSES]},
                    ((backend, loop), (f"{backend}-again", loop)),
                )
            )
    reference = backends[0]
    moved = evidence.get(f"{reference}-moved")
    if moved:
        found.append(
            Comparison(
                CHAOS,
                reference,
                f"{reference} moved by 1 ulp",
                all_parts(evidence[reference], moved, tolerance, main_loop),
                ((reference, main_loop), (f"{reference}-moved", main_loop)),
            )
        )
    return found


def all_parts(
    reference: Evidence, other: Evidence, tolerance: Mapping[str, float], loop: str
) -> dict[str, Difference]:
    """Compares the first step, part by part, and the losses of a loop."""
    unseen = [name for one in (reference, other) for name in one.facts["unseen_layers"]]
    parts = {
        part: compare_tensors(
            reference.tensors[part],
            other.tensors[part],
            tolerance[part],
            unseen if part == "layers" else (),
            finite=part in FINITE,
        )
        for part in PARTS
    }
    losses = compare_losses(reference.losses[loop], other.losses[loop], tolerance["loss"])
    return parts | {LOSSES: losses}
