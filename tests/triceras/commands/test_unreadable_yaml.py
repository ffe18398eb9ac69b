import re

import pytest

from triceras.commands.messages import message
from triceras.config import compose

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\n  b: 2\n", "2:4 cannot be read as YAML: this line is indented otherwise than its"),
        ("b:2\nc: 1\n", "2:2 cannot be read as YAML: .* has no space after its colon"),
        ("a:\n    b: 1\n   c: 2\n", "3:4 cannot be read as YAML: this line is indented otherwise"),
        ("  a: 1\nb: 2\n", "2:1 cannot be read as YAML: this line is indented otherwise than its"),
        ("a:\n\tb: 2\n", "2:1 cannot be read as YAML: a tab, .*: indent with spaces$"),
        ("a: 1\nb\nc: 2\n", "2:1 cannot be read as YAML: a key without its colon"),
        ("a: [1, 2\nb: 3\n", "1:4 cannot be read as YAML: a bracket is not closed"),
        ("a: [1, , 2]\n", "1:8 cannot be read as YAML: a bracket too many, or nothing between"),
        ("a: 'x\nb: 3\n", "1:4 cannot be read as YAML: a quotation mark is not closed"),
        ("a: 1\na: 2\n", "2:1 cannot be read as YAML: a key is written twice"),
        ("a: @x\n", "1:4 cannot be read as YAML: a text that begins so needs quotes"),
        ("a: *x\n", "1:4 cannot be read as YAML: found undefined alias 'x': mend that line$"),
    ],
)
def test_the_place_and_the_likely_cause_are_told(tmp_path, monkeypatch, text, said):
    monkeypatch.setenv("TRICERAS_CONF", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text(text)
    (tmp_path / "train.yaml").write_text("defaults: [model: mine]\n")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - Hydra's exceptions are of many kinds
        compose()
    line = message(caught.value, [])
    assert "\n" not in line
    assert re.match(rf"model/mine\.yaml:{said}", line)
