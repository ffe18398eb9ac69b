import subprocess
import sys

import pytest

from triceras.data.package_file import package_file
from triceras.errors import UserError

pytestmark = pytest.mark.once


@pytest.mark.slow
def test_a_file_is_found_and_its_package_is_not_imported():
    code = (
        "import sys; from triceras.data.package_file import package_file; "
        "found = package_file('sklearn', 'datasets/data/iris.csv'); "
        "print(found.is_file(), 'sklearn' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.split() == ["True", "False"], result.stderr


def test_a_package_that_is_not_installed():
    with pytest.raises(UserError, match=r"x.csv comes with no_such, which is not installed: pip"):
        package_file("no_such", "x.csv")


def test_a_file_that_is_not_there():
    with pytest.raises(UserError, match=r"x.csv comes with numpy, which has no such file: pip"):
        package_file("numpy", "x.csv")
