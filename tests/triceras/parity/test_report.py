import dataclasses
import json
import math

import numpy as np
import pytest

from triceras.config import compose
from triceras.errors import UserError
from triceras.parity import report
from triceras.parity.compare import compare_all
from triceras.testing.markdown import read_table

pytestmark = pytest.mark.once

NAMES = ["jax", "torch"]


@pytest.fixture
def labels(evidence, altered):
    """Two backends, the second with a wrong layer and a loss that departs; and one moved."""

    def wrong(other):
        other.tensors["layers"]["model/layer_1"] = other.tensors["layers"]["model/layer_1"] * 1.01
        other.losses["custom"]["loss"][3:] += 0.01

    def moved(other):
        other.losses = {"custom": {"loss": other.losses["custom"]["loss"].copy()}}
        other.losses["custom"]["loss"][2:] *= 1 + 2e-5

    return {"jax": evidence, "torch": altered(wrong), "jax-moved": altered(moved)}


@pytest.fixture
def found(labels):
    return compare_all(labels, NAMES, compose(name="parity").tolerance)


def test_verdict_names_the_first_layer_and_the_first_step(found):
    assert report.verdict(found[0]) == (
        "torch against jax: layer model/layer_1 is the first to differ by more than 1e-05 "
        "(1.0e-02, worst 1.0e-02 at model/layer_1), step 3 is the first to differ by more than "
        "1e-05 (1.3e-02, worst 2.0e-02 at 4)"
    )
    assert report.verdict(found[1]) == "jax fit against jax custom: as allowed"


def test_verdict_says_when_rounding_alone_passes_the_tolerance(found):
    assert report.verdict(found[-1]) == (
        "jax moved by 1 ulp against jax: rounding alone passes 1e-05 at step 2 (2.0e-05), worst "
        "2.0e-05 at 2"
    )


def test_verdict_of_chaos_that_stays_small(evidence, altered):
    moved = altered(lambda other: other.losses.pop("fit"))
    labels = {"jax": evidence, "jax-moved": moved}
    chaos = compare_all(labels, ["jax"], compose(name="parity").tolerance)[-1]
    assert "within 1e-05 at every step" in report.verdict(chaos)


def test_a_failure_is_the_first_one_and_says_how_many_there_are(found):
    again = dataclasses.replace(found[0], reference="tensorflow")
    said = report.failure([*found, again])
    failed = [one for one in [*found, again] if not one.passed]
    assert len(failed) > 1
    assert said == f"{report.verdict(found[0])}; {len(failed) - 1} more, in the table above"


def test_a_failure_of_the_curve_alone_says_what_rounding_does(evidence, altered, labels):
    def apart(other):
        other.losses["custom"]["loss"] = 1.1 * other.losses["custom"]["loss"]
        other.losses["fit"]["loss"] = 1.1 * other.losses["fit"]["loss"]

    tolerance = compose(name="parity").tolerance
    several = {"jax": evidence, "torch": altered(apart)}
    assert report.failure(compare_all(several, NAMES, tolerance)).endswith(
        "worst 1.0e-01 at 1); chaos=true says what rounding alone does"
    )
    several["jax-moved"] = labels["jax-moved"]
    found = compare_all(several, NAMES, tolerance)
    assert f"). But {report.verdict(found[-1])}: docs/triceras/parity.md" in report.failure(found)
    several["jax-moved"] = evidence
    assert report.failure(compare_all(several, NAMES, tolerance)).endswith("worst 1.0e-01 at 1)")


def test_what_is_printed(config, labels, found, capsys):
    labels["torch"].facts["unseen_layers"] = ["model/inner"]
    report.show(config("loops=[custom]"), found, labels)
    text = capsys.readouterr().out
    assert "classifier, seed 0, 4 steps: worst relative differences" in text
    (line,) = (line for line in text.splitlines() if line.startswith("│ torch against jax"))
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["torch against jax", "0", "0", "1.0e-02", "0", "0", "0", "2.0e-02"]
    assert "not compared, as no values are there when a framework traces: model/inner" in text
    assert "several objectives" not in text
    closing = text.splitlines()[-3:]
    assert closing == [report.verdict(found[i]) for i in (0, 2, 3)]


def test_several_objectives_get_one_line(config, evidence, altered, capsys):
    def alone(other):
        del other.losses["fit"]
        other.facts["fit"] = False

    one = altered(alone)
    comparisons = compare_all({"jax": one, "torch": one}, NAMES, config().tolerance)
    report.show(config(), comparisons, {"jax": one, "torch": one})
    line = "only loop=custom can train this model: it has several objectives"
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_content_is_json_with_each_difference(config, labels, found):
    found[0].differences["weights"] = report.Difference(math.inf, "a", 1e-6, "a", math.inf)
    labels["jax"].facts["device"] = "cpu"
    text = json.dumps(report.content(config(), ["seed=0"], labels, found), allow_nan=False)
    content = json.loads(text)
    assert content["passed"] is False
    assert (content["experiment"], content["steps"], content["seed"]) == ("classifier", 4, 0)
    assert content["tolerance"]["loss"] == 1e-5
    assert content["processes"]["jax"]["device"] == "cpu"
    assert [c["kind"] for c in content["comparisons"]] == ["backends", "loops", "loops", "chaos"]
    differences = content["comparisons"][0]["differences"]
    assert differences["weights"]["worst"] is None
    assert differences["losses"]["first"] == 3
    assert differences["losses"]["passed"] is False
    assert differences["batch"] == {
        "worst": 0.0,
        "where": "loss",
        "tolerance": 1e-6,
        "first": None,
        "first_value": None,
        "passed": True,
    }


@pytest.mark.slow
def test_markdown_has_a_row_for_each_check_and_failures_are_bold(config, labels, found):
    contents = [report.content(config(), [], labels, found)]
    fine = compare_all({"jax": labels["jax"], "torch": labels["jax"]}, NAMES, config().tolerance)
    contents.append(report.content(config("experiment=autoencoder"), [], {}, fine))
    first, second = read_table(report.markdown(contents))
    assert first["experiment"] == "`classifier`"
    assert first["layer outputs"] == "**1.0e-02**"
    assert first["every loss"] == "**2.0e-02**"
    assert first["between loops"] == "**2.0e-02**"
    assert first["moved by 1 ulp"] == "2.0e-05"
    assert (second["experiment"], second["layer outputs"]) == ("`autoencoder`", "0")
    assert second["same bits twice"] == second["moved by 1 ulp"] == "-"


def test_repetitions_say_yes_or_no(config, evidence, altered):
    def other(evidence):
        evidence.losses["custom"]["loss"][0] *= 1 + 2**-23

    for again, word in ((evidence, "yes"), (altered(other), "no")):
        comparisons = compare_all(
            {"jax": evidence, "jax-again": again}, ["jax"], config().tolerance
        )
        (row,) = read_table(report.markdown([report.content(config(), [], {}, comparisons)]))
        assert row["same bits twice"] == word
        assert row["every loss"] == "-"


def test_the_latest_check_of_each_experiment_is_read(tmp_path):
    for name, experiment, ended in (("1", "b", "2"), ("2", "b", "3"), ("3", "a", "1")):
        (tmp_path / name).mkdir()
        content = {"experiment": experiment, "ended": ended, "id": name}
        (tmp_path / name / "parity.json").write_text(json.dumps(content))
    assert [content["id"] for content in report.read(tmp_path)] == ["3", "2"]


def test_checks_on_other_data_stand_beside_each_other(tmp_path):
    for name in ("mnist", "digits"):
        (tmp_path / name).mkdir()
        overrides = ["experiment=b", f"data={name}", "data.path=x.npz", "repeat=true"]
        content = {"experiment": "b", "ended": "1", "overrides": overrides}
        (tmp_path / name / "parity.json").write_text(json.dumps(content))
    found = report.read(tmp_path)
    assert [report.settings_of(content) for content in found] == [["data=digits"], ["data=mnist"]]


def test_a_folder_without_checks(tmp_path):
    with pytest.raises(UserError, match=r"holds no parity\.json: run scripts/parity\.py first"):
        report.read(tmp_path)


def test_numbers():
    assert [report.number(x) for x in (0.0, 1.26e-7, math.inf)] == ["0", "1.3e-07", "inf"]
    assert report.number(float(np.float64(2))) == "2.0e+00"
