"""What opening makes, and what it must not make."""

from __future__ import annotations

import pytest

from data.event_database import mention, open_engine

pytestmark = pytest.mark.contract


def test_a_file_that_must_exist_is_not_made(tmp_path):
    """A wrong name is an error that names the file; without the demand the folder is made, and the file by its use."""
    path = tmp_path / "a folder/events.sqlite"
    with pytest.raises(LookupError, match=r"found no file .*a folder/events\.sqlite"):
        open_engine(f"sqlite:///{path}", LookupError, must_exist=True)
    assert not path.parent.exists()
    engine = open_engine(f"sqlite:///{path}", LookupError, must_exist=False)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    engine.dispose()
    open_engine(f"sqlite:///{path}", LookupError, must_exist=True).dispose()


@pytest.mark.law
def test_a_short_number_is_named_as_a_whole_text_alone():
    """300750 is in 1300750 and in microseconds; a code of 18 characters is nothing else wherever it occurs."""
    assert mention("300750") == '"300750"'
    assert mention("91000000000000019G") == "91000000000000019G"
