"""Keys are stored hashed, rotate without a gap, carry permissions, and are rated per caller."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from data.uscc import fictitious_uscc
from serving.auth.access import (
    RESERVED_HOLDERS,
    ROLE_PERMISSIONS,
    STALE_S,
    KeyRing,
    UnknownKeyError,
    holder_fault,
    holder_name,
    key_id_of,
)
from serving.contract.refusals import Refusal
from serving.ledger.ledger import Ledger

pytestmark = pytest.mark.contract


def test_a_key_opens_only_as_issued(sqlite_ledger: Ledger) -> None:
    """The issued key names its caller; any other text is a 401."""
    ring = KeyRing(sqlite_ledger)
    key = ring.issue("bank-a", "bank", "bank-a system")
    caller = ring.caller_of(f"Bearer {key}")
    assert (caller.name, caller.permissions) == ("bank-a", frozenset(ROLE_PERMISSIONS["bank"]))
    for wrong in (None, "", "Bearer", f"Basic {key}", f"Bearer {key}x", "Bearer ip_00000000_x", "Bearer ☃"):
        with pytest.raises(Refusal) as caught:
            ring.caller_of(wrong)
        assert caught.value.key in ("key-missing", "key-unknown")


def test_the_secret_is_not_in_the_store(sqlite_ledger: Ledger) -> None:
    """No column of the key table holds the secret."""
    key = KeyRing(sqlite_ledger).issue("bank-a", "bank", "bank-a system")
    with sqlite_ledger.engine.connect() as connection:
        row = connection.execute(sa.text("SELECT * FROM api_keys")).one()
    assert all(key.split("_", 2)[2] not in str(value) for value in row)


def test_rotation_leaves_no_gap_and_an_ended_key_stays_out(sqlite_ledger: Ledger) -> None:
    """Old and new key are both valid during the grace time; after an end without grace the old one is refused."""
    ring = KeyRing(sqlite_ledger)
    old = ring.issue("bank-a", "bank", "bank-a system")
    fresh = ring.rotate(old.split("_")[1], grace_hours=1)
    later = KeyRing(sqlite_ledger)
    assert later.caller_of(f"Bearer {old}").name == later.caller_of(f"Bearer {fresh}").name == "bank-a"
    ring.end(old.split("_")[1])
    with pytest.raises(Refusal):
        KeyRing(sqlite_ledger).caller_of(f"Bearer {old}")
    assert KeyRing(sqlite_ledger).caller_of(f"Bearer {fresh}").name == "bank-a"


def ends(ledger: Ledger) -> dict[str, datetime | None]:
    """Each key's end by its id."""
    every = KeyRing(ledger).every()
    return {who.key_id: None if end is None else datetime.fromisoformat(end) for who, end in every}


def test_an_ended_key_stays_ended(ledger: Ledger) -> None:
    """It cannot be rotated back, ending it again moves nothing, and it opens nothing."""
    ring = KeyRing(ledger)
    key = ring.issue("bank-a", "bank", "system")
    key_id = key_id_of(key)
    ended = ring.end(key_id)
    with pytest.raises(UnknownKeyError, match="ended at"):
        ring.rotate(key_id, 24.0)
    assert ring.end(key_id) == ended
    assert ends(ledger) == {key_id: ended}
    with pytest.raises(Refusal):
        KeyRing(ledger).caller_of(f"Bearer {key}")


@pytest.mark.parametrize(("days", "grace_hours", "old_ends_h"), [(0.04, 24.0, 0.96), (10.0, 24.0, 24.0), (None, 2, 2)])
def test_a_successor_ends_with_its_predecessor_and_grace_lengthens_nothing(
    ledger: Ledger, days: float | None, grace_hours: float, old_ends_h: float
) -> None:
    """The new key has the old one's end; the old one ends with the grace time or at its end, whichever is earlier."""
    ring, now = KeyRing(ledger), datetime.now(UTC)
    old = key_id_of(ring.issue("bank-a", "bank", "system", days=days))
    first = ends(ledger)[old]
    fresh = key_id_of(ring.rotate(old, grace_hours))
    found = ends(ledger)
    assert found[fresh] == first
    assert found[old] is not None
    assert abs(found[old] - (now + timedelta(hours=old_ends_h))) < timedelta(minutes=1)
    again = key_id_of(ring.rotate(fresh, grace_hours))
    assert ends(ledger)[again] == first


def test_an_unknown_key_is_an_error(sqlite_ledger: Ledger) -> None:
    """Ending or rotating what is not there changes nothing and says so."""
    ring = KeyRing(sqlite_ledger)
    for change in (ring.end, lambda key_id: ring.rotate(key_id, 1.0)):
        with pytest.raises(UnknownKeyError, match="no key deadbeef"):
            change("deadbeef")


def test_a_pasted_key_gives_its_id_and_nothing_of_its_secret() -> None:
    """Whole key or id; anything else is an error that repeats nothing of it."""
    assert key_id_of("ip_0123abcd_s3cr_et") == key_id_of(" 0123abcd ") == "0123abcd"
    for wrong in ("s3cret", "ip_s3cret_x", "ip_0123abc_s3cret", "0123ABCD s3cret", ""):
        with pytest.raises(UnknownKeyError) as caught:
            key_id_of(wrong)
        assert "s3cret" not in str(caught.value)


BAD_KEYS = {
    "an enterprise that is none": (("not-a-uscc", "enterprise", "x"), "USCC"),
    "an enterprise with a wrong check digit": ((fictitious_uscc(1)[:-1] + "Z", "enterprise", "x"), "USCC"),
    "no caller": (("", "bank", "x"), "caller"),
    "a caller with a space": (("bank a", "bank", "x"), "caller"),
    "a caller longer than the store holds": (("b" * 65, "bank", "x"), "caller"),
    "a caller with NUL": (("bank\0", "bank", "x"), "caller"),
    "no holder": (("bank-a", "bank", "  "), "holder"),
    "a holder longer than the store holds": (("bank-a", "bank", "x" * 65), "holder"),
    "a holder with a line feed": (("bank-a", "bank", "x\ny"), "holder"),
    "a role that is none": (("bank-a", "admin", "x"), "role"),
    "a scope that is none": (("bank-a", "bank", "x", ["quotas"]), "quotas"),
    "days before now": (("bank-a", "bank", "x", [], -1.0), "days"),
    "no days": (("bank-a", "bank", "x", [], 0.0), "days"),
    "endless days": (("bank-a", "bank", "x", [], math.inf), "days"),
    "days that are none": (("bank-a", "bank", "x", [], math.nan), "days"),
    "more days than the calendar has": (("bank-a", "bank", "x", [], 1e9), "days"),
}


@pytest.mark.parametrize(("arguments", "result"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_that_is_none_is_refused_on_every_store(ledger: Ledger, arguments: tuple[Any, ...], result: str) -> None:
    """Each is named, nothing is stored, and both kinds of store agree."""
    with pytest.raises(ValueError, match=result):
        KeyRing(ledger).issue(*arguments)
    assert KeyRing(ledger).every() == []


@pytest.mark.parametrize("name", [*RESERVED_HOLDERS, "SET-UP", " Set-Up ", "ｓｅｔ-ｕｐ"])
def test_no_key_has_a_name_of_the_program(sqlite_ledger: Ledger, name: str) -> None:
    """However it is written."""
    with pytest.raises(ValueError, match="reserved"):
        KeyRing(sqlite_ledger).issue("zone", "operator", name)
    assert holder_fault("officer 1 信贷员") is None


@pytest.mark.parametrize("hours", [-1.0, math.inf, math.nan, 1e9])
def test_a_grace_time_that_is_none_is_refused(sqlite_ledger: Ledger, hours: float) -> None:
    """The old key stays as it was, and there is no new one."""
    ring = KeyRing(sqlite_ledger)
    key_id = key_id_of(ring.issue("bank-a", "bank", "x"))
    with pytest.raises(ValueError, match="grace"):
        ring.rotate(key_id, hours)
    assert ends(sqlite_ledger) == {key_id: None}


def test_keys_that_are_not_read_again_open_nothing(sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds after the last reading the answer is 503, whatever the key."""
    ring = KeyRing(sqlite_ledger, refreshed_elsewhere=True)
    key = ring.issue("bank-a", "bank", "x")
    ring.refresh()
    assert ring.caller_of(f"Bearer {key}").name == "bank-a"
    now = time.monotonic()
    monkeypatch.setattr("serving.auth.access.time.monotonic", lambda: now + STALE_S + 1)
    with pytest.raises(Refusal) as caught:
        ring.caller_of(f"Bearer {key}")
    assert caught.value.key == "ledger-unavailable"


def test_a_missing_permission_is_named(sqlite_ledger: Ledger) -> None:
    """The refusal lists what the key has and what is needed, permission and role at once."""
    ring = KeyRing(sqlite_ledger)
    caller = ring.caller_of("Bearer " + ring.issue("bank-a", "bank", "x", ["quota"]))
    caller.need("quota", "bank")
    with pytest.raises(Refusal) as caught:
        caller.need("release", "operator")
    assert [fault.where for fault in caught.value.faults] == ["permission", "role"]


def test_unknown_roles_and_scopes_are_refused_at_issue(sqlite_ledger: Ledger) -> None:
    """A typing error never becomes a key."""
    with pytest.raises(ValueError, match="allowed"):
        KeyRing(sqlite_ledger).issue("bank-a", "bank", "x", ["quotas"])


@pytest.mark.parametrize("name", ["\u0410nna", "ann\u0430", "Li \u0392o", "\u13aanna", "wang (\u043e)", "\u0391\u0410"])
def test_a_name_that_mixes_scripts_whose_letters_look_alike_is_no_holder(sqlite_ledger, name):
    """No key is issued to it, as it may look like another person's."""
    assert "mixes letters of" in str(holder_fault(name))
    with pytest.raises(ValueError, match="mixes letters of"):
        KeyRing(sqlite_ledger).issue("zone", "operator", name)


@pytest.mark.parametrize("mark", ["\u034f", "\ufe00", "\U000e0100", "\u3164", "\u115f", "\u2800", "\u180b"])
def test_a_name_with_marks_that_nobody_sees_is_the_name_without_them(mark):
    """One person with two accounts that look the same would be four eyes; a name of such marks alone is none."""
    assert holder_name(f"张{mark}三{mark}") == "张三"
    assert holder_fault(mark) is not None


@pytest.mark.parametrize(
    "name", ["Anna", "\u0410\u043d\u043d\u0430", "王芳 Wang Fang", "\uff21nna", "Zoë", "officer 1 信贷员"]
)
def test_a_name_of_one_such_script_is_a_holders(name):
    """Also beside Chinese, and as wide letters."""
    assert holder_fault(name) is None


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("A Bank standard", "A Bank standard."),
        ("A Bank standard", "a bank,  standard！"),
        ("王芳", "王芳。"),
        ("王芳", "“王芳”（、）"),
        ("阿依古丽买买提", "阿依古丽·买买提"),
        ("O'Brien", "O’Brien"),
    ],
)
def test_punctuation_makes_no_other_person(name, other):
    """Neither of the West nor of China; a name of it alone is none, and one with it may not be the program's own."""
    assert holder_name(other) == holder_name(name)
    assert "not punctuation alone" in str(holder_fault("。…"))
    assert holder_name("王芳") != holder_name("王方")
    assert all("is reserved" in str(holder_fault(taken)) for taken in ("set-up", "Setup.", "clock。"))
