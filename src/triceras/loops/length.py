"""How many steps a run takes."""


def total_steps(steps_per_epoch: int, epochs: int | None, max_steps: int | None) -> int:
    """The steps of a run, whichever of its limits comes first; one of them is not `None`."""
    limits = [epochs * steps_per_epoch] if epochs is not None else []
    limits += [max_steps] if max_steps is not None else []
    return min(limits)
