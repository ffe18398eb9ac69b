from types import SimpleNamespace

import pytest

from triceras.commands.told_seeds import table

pytestmark = pytest.mark.once


def test_a_metric_that_some_seeds_lack_is_told_of_the_others():
    metrics = [{"loss": 1.0}, {"loss": 3.0, "auc": 0.5}]
    finished = {
        seed: SimpleNamespace(summary={"metrics": found}) for seed, found in enumerate(metrics)
    }
    result = table(finished)  # pyright: ignore[reportArgumentType]
    assert list(result.columns[0].cells) == ["loss", "auc (of 1)"]
    assert list(result.columns[2].cells) == ["1 to 3", "0.5 to 0.5"]
