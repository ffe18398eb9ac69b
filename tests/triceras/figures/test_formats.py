import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from triceras.errors import UserError
from triceras.figures.formats import checked, write

pytestmark = pytest.mark.once


@pytest.fixture
def picture():
    figure = Figure(figsize=(2, 1), dpi=100)
    figure.text(0.1, 0.5, "readable")
    return figure


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ("png", ("png",)),
        ("pdf", ("png", "pdf")),
        (["svg", "pdf", "png"], ("png", "pdf", "svg")),
        ([], ("png",)),
    ],
)
def test_png_is_always_made_and_comes_first(asked, made):
    assert checked(asked) == made


@pytest.mark.parametrize("asked", ["jpg", ["png", "PDF"], None, 3, {"png": True, "gif": 1}])
def test_another_format_is_refused_in_one_line(asked):
    with pytest.raises(UserError, match=r"figures\.format=.* is unknown: use some of png, pdf"):
        checked(asked)


def test_each_file_is_of_its_format_and_holds_text(picture, tmp_path):
    write(picture, tmp_path / "a.png", ("png", "pdf", "svg"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.png", "a.svg"]
    assert matplotlib.image.imread(tmp_path / "a.png").shape[:2] == (100, 200)
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert "readable</text>" in (tmp_path / "a.svg").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pdf", "svg"])
def test_the_same_picture_is_the_same_file(picture, tmp_path, name):
    picture.subplots().plot(np.arange(3))
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write(picture, tmp_path / folder / "it.png", (name,))
    first, second = ((tmp_path / folder / f"it.{name}").read_bytes() for folder in ("a", "b"))
    assert first == second
