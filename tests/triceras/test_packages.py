import pytest

from triceras.errors import UserError
from triceras.packages import check_installed, how_to_install

pytestmark = pytest.mark.once


def test_what_is_missing_is_named_with_what_installs_it():
    check_installed("a report", ["numpy"], extra="report")
    with pytest.raises(UserError) as told:
        check_installed("a report", ["numpy", "no_such_package"], extra="report")
    assert str(told.value) == (
        "a report needs no_such_package: `make setup` installs it, or pip install -c "
        "requirements.lock -e '.[report]'"
    )
    assert str(told.value).endswith(how_to_install("report"))
