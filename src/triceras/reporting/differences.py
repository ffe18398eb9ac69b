"""By how much settings differ, seed by seed."""

import numpy as np
import polars as pl

from triceras.reporting.groups import Results
from triceras.reporting.statistics import effect_size, holm, paired_p, student_half_width

# Up to so many settings each is compared with each; of more, each with the best.
ALL_PAIRS = 20
BEST = 1
# Of the values, the share that their rounding may come to.
ROUNDING = 1e-6


def differences(results: Results) -> pl.DataFrame:
    """The paired differences of settings over the seeds that both have.

    Args:
        results: of a comparison.

    Returns:
        A row for each pair: `difference`, the mean of `setting` less that of `against`, which
        ranks before it; `pairs`, seeds; `sd`, `low`, `high`, `effect_size` and `p`; and for
        pairs with the best `p_holm`, for as many as there are.
    """
    values = results.values
    others = values if results.groups.height <= ALL_PAIRS else values.filter(setting=BEST)
    cells = (
        values.join(
            others.rename({"setting": "against", "value": "other"}),
            on=["seed", "cell"],
            how="inner",
        )
        .filter(pl.col("against") < pl.col("setting"))
        .with_columns(difference=pl.col("value") - pl.col("other"))
    )
    seeds = cells.group_by("setting", "against", "seed").agg(
        pl.col("difference").mean(), pl.max_horizontal("value", "other").abs().max().alias("size")
    )
    table = (
        seeds.group_by("setting", "against")
        .agg(
            pl.len().cast(pl.Int64).alias("pairs"),
            # What float32 rounds off is no difference, and no spread.
            pl.when(pl.col("difference").mean().abs() > ROUNDING * pl.col("size").max())
            .then(pl.col("difference").mean())
            .otherwise(0.0)
            .alias("difference"),
            pl.when(pl.col("difference").std(ddof=1) > ROUNDING * pl.col("size").max())
            .then(pl.col("difference").std(ddof=1))
            .when(pl.len() > 1)
            .then(0.0)
            .alias("sd"),
        )
        .sort("against", "setting")
    )
    return with_certainty(table)


def with_certainty(table: pl.DataFrame) -> pl.DataFrame:
    """Adds how sure the differences are."""
    n, mean = table["pairs"].to_numpy(), table["difference"].to_numpy()
    sd = table["sd"].fill_null(np.nan).to_numpy()
    half = student_half_width(n, sd)
    p = paired_p(n, mean, sd)
    best = (table["against"] == BEST).to_numpy()
    corrected = np.full(len(p), np.nan)
    corrected[best] = holm(p[best])
    columns = {
        "low": mean - half,
        "high": mean + half,
        "effect_size": effect_size(n, mean, sd),
        "p": p,
        "p_holm": corrected,
    }
    return table.with_columns(
        pl.Series(name, each, dtype=pl.Float64).fill_nan(None) for name, each in columns.items()
    )
