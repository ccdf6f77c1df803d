"""What opening makes, and what it must not make."""

from __future__ import annotations

import pytest

from data.event_database import make_tables, mention, open_engine

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


def test_the_newest_of_a_stream_is_found_by_an_index_also_in_an_earlier_database(tmp_path):
    """Without the index each look reads every event; a database of an earlier version gets it when it is opened."""
    engine = open_engine(f"sqlite:///{tmp_path / 'events.sqlite'}", LookupError, must_exist=False)
    with engine.begin() as connection:
        make_tables(connection)
        connection.exec_driver_sql("DROP INDEX ix_events_stream_sequence")
    newest = "EXPLAIN QUERY PLAN SELECT max(sequence) FROM events WHERE stream = 'a'"
    with engine.begin() as connection:
        assert "ix_events_stream_sequence" not in str(connection.exec_driver_sql(newest).all())
        make_tables(connection)
        assert "ix_events_stream_sequence" in str(connection.exec_driver_sql(newest).all())
        make_tables(connection)
    engine.dispose()
