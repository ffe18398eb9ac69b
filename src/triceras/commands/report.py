"""`python scripts/report.py`: what many runs reached, and whether it is more than noise."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from triceras.errors import UserError
from triceras.nearest import nearest
from triceras.reporting.packages import check_packages

OPTIONS = {
    "by": "settings that tell groups apart, as in by=optimizer.learning_rate,backend "
    "(default: all in which the runs differ but the seed)",
    "monitor": "the metric to judge by (default: that of the runs)",
    "mode": "min or max: whether less of it is better, or more",
    "output_dir": "where to write the report (default: report/ in the first folder)",
}


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}: `{self.prog} --help` says what there is")


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    told = "\n".join(f"  {name + '=':<13}{what}" for name, what in OPTIONS.items())
    result = Parser(
        prog="python scripts/report.py",
        description=__doc__,
        epilog=f"settings:\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    result.add_argument(
        "words",
        nargs="+",
        metavar="FOLDER|SETTING=VALUE",
        help="folders of sweeps, of all outputs, or of runs; and settings",
    )
    return result


def read_words(words: Sequence[str]) -> dict[str, Any]:
    """The folders and the settings among the words of a command line.

    Raises:
        UserError: a word is neither.
    """
    found: dict[str, Any] = {"folders": []}
    for word in words:
        key, equals, value = word.partition("=")
        if key in OPTIONS and equals:
            found[key] = value
        elif not equals or "/" in key or Path(word).is_dir():
            found["folders"].append(Path(word))
        else:
            near = nearest(key, OPTIONS)
            cure = f"did you mean {near[0]}=?" if near else f"there are {', '.join(OPTIONS)}"
            raise UserError(f"{word}: {key} is no setting of a report: {cure}")
    names = found.get("by", "").strip("[]").split(",")
    found["by"] = tuple(name.strip() for name in names if name.strip())
    found["folders"] = tuple(found["folders"])
    if "output_dir" in found:
        found["output_dir"] = Path(found["output_dir"])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what a command line says.

    Args:
        arguments: `None` for those of this process.

    Returns:
        The exit code.
    """
    try:
        found = read_words(parser().parse_args(arguments).words)
        check_packages()
        # Imported here, as they need these packages.
        from triceras.reporting.run_files import printable
        from triceras.reporting.settings import Settings
        from triceras.reporting.write import write

        settings = Settings(**found)
        write(settings)
        print(f"report: {printable(str(settings.place))}", flush=True)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0
