import base64
import io

import pytest
from PIL import Image

from triceras.reporting.pictures import WIDTH, pictures
from triceras.testing.many_runs import write_picture, write_run

from .conftest import UNITS

pytestmark = pytest.mark.once


def test_one_run_of_each_setting_with_its_newest_figures(tmp_path, compared):
    for units, seeds in ((32, (1, 2)), (64, (2, 3))):
        for seed in seeds:
            folder = write_run(tmp_path, {UNITS: units}, seed, units)
            for name in ("samples", "samples-epoch0005"):
                write_picture(folder, name, "red" if units == 32 else "blue")
    found, left_out = pictures(compared(tmp_path).results)
    # The seed that both have.
    assert [(one.name, one.setting, one.seed) for one in found] == [
        ("samples", 1, "2"),
        ("samples", 2, "2"),
    ]
    assert left_out == 0
    kind, content = found[0].content.split(",")
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
        red, green, blue = picture.convert("RGB").getpixel((5, 5))
        assert (red > 240, green < 20, blue < 20) == (True, True, True)
        assert picture.size == found[0].size == (600, 450)


def test_pictures_are_small_and_not_too_many(tmp_path, compared):
    folder = write_run(tmp_path, {}, 0)
    (folder / "figures").mkdir()
    for name in "ab":
        Image.effect_noise((1000, 200), 90).save(folder / "figures" / f"{name}.png")
    found, left_out = pictures(compared(tmp_path).results, budget=1000)
    assert (len(found), left_out, found[0].size) == (1, 1, (WIDTH, 144))


def test_what_is_no_picture_is_left_out(tmp_path, compared):
    folder = write_run(tmp_path, {}, 0)
    write_picture(folder, "good", "red")
    (folder / "figures" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nrest")
    (folder / "figures" / "half.png").write_bytes(
        (folder / "figures" / "good.png").read_bytes()[:200]
    )
    found, left_out = pictures(compared(tmp_path).results)
    assert ([one.name for one in found], left_out) == (["good"], 2)
