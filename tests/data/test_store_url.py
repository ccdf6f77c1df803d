"""What a store's URL may be, and what the refusal of another says."""

from __future__ import annotations

import pytest

from data.store_url import SCHEMES, read_store_url

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("url", "driver", "database"),
    [
        ("sqlite:///a/b.sqlite", "sqlite", "a/b.sqlite"),
        ("postgresql://u:p@h/d", "postgresql+psycopg", "d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg", "d"),
    ],
)
def test_a_file_or_postgresql_is_read(url, driver, database):
    parsed = read_store_url(url, "ledger", LookupError)
    assert (parsed.drivername, parsed.database) == (driver, database)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://u:secret@h/d", "begins with 'mysql'"),
        ("postgresql+asyncpg://u:secret@h/d", r"begins with 'postgresql\+asyncpg'"),
        ("sqlite://", "names no file"),
        ("secret", "cannot be read"),
    ],
)
def test_another_store_is_refused_by_the_caller_s_error_without_the_password(url, why):
    with pytest.raises(LookupError, match=f"the event store's URL {why}") as found:
        read_store_url(url, "event store", LookupError)
    assert SCHEMES in str(found.value)
    assert "secret" not in str(found.value)
