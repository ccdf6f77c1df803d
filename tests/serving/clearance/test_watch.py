"""A folder is read as its files come: settled, once, and nothing of the client's is touched unless asked for."""

from __future__ import annotations

import datetime as dt
import json
import os

import pytest

from data.events import EventStoreError
from serving.clearance.watch import FolderWatch, WatchParams
from tests.serving.clearance.planted import AT

pytestmark = pytest.mark.contract


class Seconds:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "client"
    for box in ("InBox", "OutBox", "FailBox"):
        (made / box).mkdir(parents=True)
    return made


@pytest.fixture
def watching(folder, messages, tmp_path):
    def make(**params):
        values = WatchParams(settle_s=2.0, **params)
        return FolderWatch(folder, messages.receive, tmp_path / "out/refused.jsonl", values, Seconds(), lambda: AT)

    return make


def twice(watch):
    """Two looks, far enough apart; what both found."""
    first = watch.look()
    watch.monotonic.at += 2.5
    return first.then(watch.look())


def refusals(tmp_path):
    path = tmp_path / "out/refused.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def codes(messages):
    return [(kept.message.events[0].code, kept.source.name) for kept in messages.newer(0)]


def test_files_of_every_box_and_name_are_taken_once_and_left_as_they_are(folder, messages, watching):
    (folder / "InBox/Receipt_1.xml").write_text("7 seq_no:E1")
    (folder / "OutBox/whatever").write_text("L seq_no:E2")
    (folder / "FailBox/Failed_1.xml").write_text("P seq_no:E3")
    (folder / "beside.dat").write_text("R seq_no:E4")
    before, watch = names(folder), watching()
    assert str(twice(watch)) == "taken 4, known before 0, refused 0, waiting 0, left out 0"
    assert sorted(codes(messages)) == [
        ("7", "client/InBox"), ("L", "client/OutBox"), ("P", "client/FailBox"), ("R", "client"),
    ]  # fmt: skip
    assert twice(watch).read == 0
    assert (names(folder), twice(watching()).known) == (before, 4)
    assert len(messages.newer(0)) == 4


def test_what_is_still_written_is_waited_for(folder, messages, watching):
    """Under another name, or growing: never read in half."""
    part, growing, watch = folder / "InBox/Receipt_1.xml.tmp", folder / "InBox/Receipt_2.xml", watching()
    part.write_text("7 seq_no:")
    for text in ("7", "7 seq", "7 seq_no:E2"):
        growing.write_text(text)
        assert watch.look().waiting == 2
        watch.monotonic.at += 2.5
    assert (watch.look().taken, watch.look().waiting) == (1, 1)
    part.write_text("7 seq_no:E1")
    part.rename(folder / "InBox/Receipt_1.xml")
    assert twice(watch).taken == 1
    assert [kept.message.raw for kept in messages.newer(0)] == [b"7 seq_no:E2", b"7 seq_no:E1"]


def test_a_file_that_changes_while_it_is_read_is_read_again(folder, messages, watching, monkeypatch):
    path, watch = folder / "InBox/a", watching()
    path.write_text("7 seq_no:E1")
    watch.look()
    watch.monotonic.at += 2.5
    real = os.fstat

    def written_meanwhile(descriptor):
        monkeypatch.setattr("serving.clearance.watch.os.fstat", real)
        found = real(descriptor)
        path.write_text("L seq_no:E1 entry_id:29")
        return found

    monkeypatch.setattr("serving.clearance.watch.os.fstat", written_meanwhile)
    look = watch.look()
    assert (look.waiting, look.taken) == (1, 0)
    assert (twice(watch).taken, codes(messages)) == (1, [("L", "client/InBox")])


def test_a_refused_file_is_kept_and_listed_once_with_its_place(folder, messages, watching, tmp_path):
    (folder / "InBox/bad.xml").write_text("<half")
    assert (twice(watching()).refused, twice(watching()).refused) == (1, 1)
    (line,) = refusals(tmp_path)
    assert (line["file"], line["box"], line["code"], line["line"]) == ("bad.xml", "InBox", "not_well_formed", 1)
    assert (len(messages.failed()), names(folder)) == (1, ["InBox/bad.xml"])


def test_what_is_no_readable_file_is_listed_once_and_never_read(folder, messages, watching, tmp_path):
    (folder / "InBox/secret").write_text("7 seq_no:E1")
    (folder / "InBox/link.xml").symlink_to(folder / "InBox/secret")
    (folder / "InBox/sub").mkdir()
    (folder / "InBox/sub/deep.xml").write_text("7 seq_no:E2")
    os.mkfifo(folder / "InBox/pipe")
    with (folder / "InBox/big").open("wb") as handle:
        handle.truncate(200_000_000)
    watch = watching()
    look = twice(watch)
    assert (look.taken, look.left_out) == (1, 4)
    assert twice(watch).left_out == 4
    assert {line["file"]: line["code"] for line in refusals(tmp_path)} == {
        "link.xml": "link", "sub": "folder", "pipe": "no_file", "big": "too_large",
    }  # fmt: skip
    assert len(refusals(tmp_path)) == 4


def test_a_file_that_may_not_be_read_is_said_and_taken_when_it_may(folder, messages, watching, tmp_path, monkeypatch):
    (folder / "InBox/a").write_text("7 seq_no:E1")
    real, watch = os.open, watching()

    def denied(path, *flags, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("serving.clearance.watch.os.open", denied)
    assert (twice(watch).left_out, watch.look().left_out) == (1, 1)
    assert [(line["code"], line["allowed"]) for line in refusals(tmp_path)] == [("unreadable", "Permission denied")]
    monkeypatch.setattr("serving.clearance.watch.os.open", real)
    assert watch.look().taken == 1


def test_a_store_that_does_not_answer_loses_nothing(folder, messages, watching, monkeypatch):
    for number in range(3):
        (folder / f"InBox/{number}").write_text(f"7 seq_no:E{number}")
    watch, left = watching(), [2]
    receive = watch.receive

    def away(*arguments):
        left[0] -= 1
        if left[0] == 0:
            raise EventStoreError("away")
        return receive(*arguments)

    watch.receive = away
    with pytest.raises(EventStoreError):
        twice(watch)
    assert (watch.look().taken, len(messages.newer(0))) == (2, 3)


def test_files_are_moved_by_day_where_that_is_wanted_and_never_over_one_another(folder, messages, watching):
    watch = watching(move=True)
    watch.now = lambda: dt.datetime(2026, 2, 28, 17, tzinfo=dt.UTC)  # 1 March in Beijing
    for text in ("7 seq_no:E1", "7 seq_no:E2", "7 seq_no:E2"):
        (folder / "InBox/a.xml").write_text(text)
        (folder / "InBox/bad").write_text("<")
        twice(watch)
    kept = [name for name in names(folder) if name.startswith("Archive/20260301/InBox/a")]
    assert len(kept) == 2
    assert {(folder / name).read_text() for name in kept} == {"7 seq_no:E1", "7 seq_no:E2"}
    assert next(name for name in names(folder) if "bad" in name) == "Quarantine/20260301/InBox/bad"
    assert [name for name in names(folder) if name.startswith("InBox")] == []


def test_only_so_many_files_in_a_look_the_oldest_first_and_memory_follows_the_folder(folder, messages, watching):
    for number in range(5):
        path = folder / f"InBox/{9 - number}"
        path.write_text(f"7 seq_no:E{number}")
        os.utime(path, (number, number))
    watch = watching(most_files=2)
    look = twice(watch)
    assert (look.taken, look.waiting) == (2, 3)
    assert (watch.look().taken, watch.look().taken) == (2, 1)
    assert [kept.message.raw for kept in messages.newer(0)] == [f"7 seq_no:E{n}".encode() for n in range(5)]
    for path in (folder / "InBox").iterdir():
        path.unlink()
    watch.look()
    assert not watch._done
    assert not watch._first_seen


def test_boxes_are_found_in_any_letters_and_a_missing_folder_is_an_error(tmp_path, messages, watching, folder):
    (folder / "InBox").rename(folder / "INBOX")
    (folder / "INBOX/a").write_text("7 seq_no:E1")
    assert (twice(watching()).taken, codes(messages)) == (1, [("7", "client/INBOX")])
    watch = watching()
    watch.folder = tmp_path / "none"
    with pytest.raises(OSError, match="No such file"):
        watch.look()


@pytest.mark.law
@pytest.mark.parametrize("link", ["Archive", "Archive/20260301", "Archive/20260301/InBox", "Quarantine"])
def test_nothing_is_moved_through_a_link(folder, tmp_path, watching, link):
    """Whoever may write to the folder leads no file out of it; the file stays, is read once, and is listed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / link).parent.mkdir(parents=True, exist_ok=True)
    (folder / link).symlink_to(outside)
    (folder / "InBox/a.xml").write_text("<" if link == "Quarantine" else "7 seq_no:E1")
    watch = watching(move=True)
    looked = twice(watch).then(twice(watch))
    assert (looked.read, list(outside.iterdir()), names(folder)) == (1, [], ["InBox/a.xml"])
    assert refusals(tmp_path)[-1]["code"] == "cannot_be_moved"
