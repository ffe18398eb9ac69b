import json
import re
from html.parser import HTMLParser

import pytest

from triceras.reporting.files import write_tables
from triceras.reporting.page import embedded, page, write_page
from triceras.testing.many_runs import write_grid, write_job, write_picture, write_run

from .conftest import RATE, UNITS, loss

pytestmark = pytest.mark.once
EVIL = "</script><script>alert('x')</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """The elements and the texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.code, self.inside = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        (self.code if self.inside in ("script", "style") else self.texts).append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(self.texts)


def data_in(text):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(found)


def test_the_answer_is_on_the_page(grid, report_on):
    folder = write_run(grid, {RATE: 0.01, UNITS: 32}, 9, status="failed", error="out of memory")
    write_job(grid / "sweeps" / "s", 0, status="failed", error="no such data")
    report = report_on(grid)
    text = page(report)
    seen = Page(text)
    for line in (*report.compared[0].verdict, "out of memory", "no such data"):
        assert line in seen.text
    assert folder.name in seen.text
    rows = [each for each in seen.of("tr") if "data-setting" in each]
    assert [each["data-setting"] for each in rows] == ["1", "2", "3", "4"]
    (one,) = data_in(text)["comparisons"]
    assert [each["number"] for each in one["settings"]] == [1, 2, 3, 4]
    assert len(one["settings"][0]["seeds"]) == 4
    assert one["curves"]["settings"][0]["val_loss"]["mean"][-1] == pytest.approx(
        one["settings"][0]["mean"], rel=1e-5
    )


def test_what_comes_from_runs_is_text_and_nothing_else(tmp_path, report_on):
    write_run(tmp_path, {"experiment": EVIL.replace("/", "_"), "precision": EVIL}, 0, 1.0)
    folder = write_run(tmp_path, {"experiment": EVIL.replace("/", "_"), "precision": "b"}, 0, 2.0)
    (folder / "summary.json").write_text(
        (folder / "summary.json").read_text().replace("test_loss", "<b onclick=1>")
    )
    write_picture(folder, "<i>name<i>", "red")
    write_run(tmp_path, {"precision": EVIL}, 1, status="failed", error=EVIL)
    write_job(tmp_path / "sweep", 0, status=EVIL, overrides=[f"a={EVIL}"], error=EVIL)
    seen = Page(page(report_on(tmp_path)))
    assert not seen.of("b") + seen.of("i")
    assert not any(name.startswith("on") for _, each in seen.elements for name in each)
    assert {each.get("src", "")[:16] for each in seen.of("img")} == {"data:image/webp;"}
    assert EVIL in seen.text
    nonces = [each.get("nonce") for each in seen.of("script")]
    assert (nonces[0], nonces[1] == nonces[2], len(nonces)) == (None, True, 3)
    assert "alert('x')" not in "".join(seen.code[-2:])


def test_nothing_is_asked_of_a_network(grid, report_on):
    seen = Page(page(report_on(grid)))
    assert not seen.of("link") + seen.of("iframe") + seen.of("base")
    assert not any("src" in each for each in seen.of("script"))
    (policy,) = [each["content"] for each in seen.of("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none'; script-src 'nonce-")
    assert "http" not in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0]


def test_only_parallel_coordinates_need_code_that_is_made(tmp_path, report_on):
    write_grid(tmp_path, {RATE: [1.0, 2.0], UNITS: [1, 2, 3]}, [0], loss)
    assert "'unsafe-eval'" in page(report_on(tmp_path))
    assert "'unsafe-eval'" not in page(report_on(tmp_path, by=(UNITS,)))


def test_numbers_that_json_lacks_do_not_break_it():
    assert embedded({"a": ["</script>"]}) == '{"a":["\\u003c/script>"]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        embedded({"a": float("nan")})


def test_diverged_and_unfinished_runs_alone_make_a_page(tmp_path, report_on):
    write_run(tmp_path, {}, 0, float("nan"))
    write_run(tmp_path, {}, 1, status="interrupted", error="SIGTERM")
    seen = Page(page(report_on(tmp_path)))
    assert "no run has finished with a number for val_loss" in seen.text
    assert "SIGTERM" in seen.text


def test_a_page_that_cannot_be_made_leaves_the_old_one(grid, report_on, monkeypatch):
    report = report_on(grid)
    path = write_page(report, grid)
    before = path.read_bytes()
    write_tables(report, grid)
    monkeypatch.setattr("triceras.reporting.page.page", lambda report: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_page(report, grid)
    assert path.read_bytes() == before
    assert not [each for each in grid.iterdir() if each.name.startswith(".")]


def test_columns_of_nothing_are_left_out(tmp_path, report_on):
    for units in (32, 64):
        write_run(tmp_path, {UNITS: units}, 0, units)
    text = Page(page(report_on(tmp_path))).text
    assert "worse by" in text
    assert "bootstrap" not in text.partition("How it is computed")[0]


def test_a_setting_may_be_infinite(tmp_path, report_on):
    for value in (1.0, float("inf")):
        write_run(tmp_path, {"model.x": value}, 0, 1.0)
    assert '"inf"' in page(report_on(tmp_path))
