import json
import math

import pytest

from triceras.keras_table import compare

pytestmark = pytest.mark.once


def test_the_worst_is_over_all_pairs_and_steps():
    assert compare.worst_difference([[1.0, 2.0], [1.0, 2.0]]) == 0
    assert compare.worst_difference([[1.0, 2.0], [1.0, 2.2], [1.0, 1.9]]) == pytest.approx(
        0.3 / 1.9
    )
    assert compare.worst_difference([[1.0], [math.nan]]) == math.inf
    assert compare.worst_difference([[0.0], [0.0]]) == math.inf


def test_lines_are_read_from_what_each_backend_wrote(tmp_path):
    paths = {name: tmp_path / f"{name}.jsonl" for name in ("jax", "torch")}
    same = {"curve": [1.0, 0.5], "notes": []}
    paths["jax"].write_text(json.dumps({"case": ["layer", "Dense", "custom"], **same}) + "\n")
    other = {"case": ["layer", "Dense", "custom"], "error": "ValueError: no", "notes": []}
    slow = {"case": ["layer", "Dense", "fit"], "curve": [1.0, 0.6], "notes": ["it runs eagerly"]}
    paths["torch"].write_text("\n".join(map(json.dumps, (other, slow))) + "\n")
    (line,) = compare.read(paths).values()
    assert line.worst == pytest.approx(0.2)
    assert line.errors == {("torch", "custom"): "ValueError: no"}
    assert line.eager == (("torch", "fit"),)
    assert line.missing == (("jax", "fit"),)
    assert not line.same
    assert compare.Line(1e-6, {}, ()).same
