"""The one metric by which a run is judged."""

from collections.abc import Mapping


def monitored(metrics: Mapping[str, float], name: str) -> str | None:
    """Finds the metric that `monitor=` means.

    Args:
        metrics: of an epoch or a summary.
        name: for example `val_loss`; without validation data, the same name without `val_` counts.

    Returns:
        The name of a metric that is there, or `None`.
    """
    candidates = (name, name.removeprefix("val_"))
    return next((name for name in candidates if metrics.get(name) is not None), None)
