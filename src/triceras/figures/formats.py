"""The files that a figure is written to: PNG for screens, PDF and SVG for papers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triceras.errors import UserError
from triceras.figures.types import Figure
from triceras.runs.folder import replacing

PNG = "png"
# A file with the time of its making in it would differ each time.
METADATA = {PNG: {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
# Text stays text, in the kind of font that publishers take; names within an SVG are not random.
FOR_PAPERS: Any = {"pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "figure"}
# Of what is made of pixels in a file that is not.
PIXELS_PER_INCH = 300


def checked(formats: Any) -> tuple[str, ...]:
    """The formats that `figures.format` asks for, PNG first.

    PNG is always among them, as it is what trackers and reports show.

    Args:
        formats: one, or a list of some.

    Raises:
        UserError: there is no such format.
    """
    asked = [formats] if isinstance(formats, str) else formats
    good = isinstance(asked, Sequence) and all(str(name) in METADATA for name in asked)
    if not good:
        raise UserError(
            f"figures.format={formats} is unknown: use some of {', '.join(METADATA)}, as in "
            "figures.format=[png,pdf]"
        )
    return (PNG, *(name for name in METADATA if name in asked and name != PNG))


def write(picture: Figure, path: Path, formats: Sequence[str]) -> None:
    """Writes a figure, each file whole or not at all.

    Args:
        picture: the figure.
        path: of the PNG; the others lie beside it.
        formats: see `checked`.
    """
    import matplotlib

    for name in formats:
        dpi = picture.dpi if name == PNG else PIXELS_PER_INCH
        with matplotlib.rc_context(FOR_PAPERS), replacing(path.with_suffix(f".{name}")) as file:
            picture.savefig(file, format=name, metadata=METADATA[name], dpi=dpi)
