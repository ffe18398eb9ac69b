import pytest

from triceras.benchmark.report import scale_table, speed_table
from triceras.benchmark.summary import ratios

pytestmark = pytest.mark.once


def test_speed_table(contenders):
    result = {"contenders": contenders, "ratios": ratios(contenders)}
    lines = speed_table("deep/classifier", "jax", result).splitlines()
    assert lines[0].startswith("| `deep/classifier`, jax | ms a step | least to most | ours / it |")
    assert lines[1] == "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    assert lines[2] == "| ours | 2.000 | 1.000 to 3.000 |  | 1.0 | 3.0 | 1.0 | 1,234 |"
    assert lines[3].startswith("| native, an expert's: loop | 3.000 | 2.000 to 4.000 | 0.50 |")
    # Only the fastest form of a kind is compared with.
    assert "people write it: slow | 9.000 | 8.000 to 9.000 |  |" in lines[4]
    assert "people write it: fast | 4.000 | 4.000 to 8.000 | 0.25 |" in lines[5]


def test_scale_table():
    point = {
        "backend": "jax",
        "batch_size": 4096,
        "hidden_units": 64,
        "ours": 2.0,
        "expert": 4.0,
        "ratio": 0.5,
    }
    assert scale_table("classifier", [point]).splitlines()[2] == (
        "| jax | 4,096 | 64 | 2.000 | 4.000 | 0.50 |"
    )
