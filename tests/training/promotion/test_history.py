"""The history says who was champion when, and no line of it can be changed without being found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import date

import pytest

from training.promotion.history import (
    CHAMPION,
    CONSTANT,
    PROMOTED,
    REFUSED,
    Entry,
    HistoryError,
    alone,
    append,
    champion_on,
    read_history,
)


def entry(seq: int, at: str, result: str = PROMOTED, capability: str = "risk", **changed) -> Entry:
    """One try; the run is named by its number."""
    return replace(
        Entry(
            seq=seq, at=f"{at}T10:00:00+08:00", capability=capability, result=result, first=seq == 0, run=f"run-{seq}",
            digest=f"digest-{seq}", previous="", by="Officer A", reason="better", period=("2022-01-01", "2022-12-31"),
            look=seq + 1, level=0.025, checks=({"name": "drift", "status": "passed"},), commit="c", limits={},
        ),
        **changed,
    )  # fmt: skip


@pytest.fixture
def written(tmp_path):
    """Two champions of risk, a refusal between them, and a card of points."""
    path = tmp_path / "promotions.jsonl"
    for one in (
        entry(0, "2024-01-10"),
        entry(1, "2024-02-01", REFUSED),
        entry(2, "2024-03-05", by="Officer B", reason="invoices"),
        entry(3, "2024-03-06", capability="points"),
    ):
        append(path, one)
    return path


@pytest.mark.law
@pytest.mark.parametrize(
    ("day", "run", "by"),
    [("2024-01-10", "run-0", "Officer A"), ("2024-03-04", "run-0", "Officer A"), ("2024-03-05", "run-2", "Officer B"),
     ("2030-01-01", "run-2", "Officer B")],
)  # fmt: skip
def test_what_was_champion_on_a_day_and_who_approved_it(written, day, run, by):
    """A refusal changes nothing; another capability's champion is another."""
    entries, _ = read_history(written)
    found = champion_on(entries, "risk", date.fromisoformat(day))
    assert (found.run, found.by) == (run, by)


@pytest.mark.law
def test_days_are_those_of_beijing():
    """20:00 UTC on the 10th is 04:00 on the 11th there."""
    entries = [replace(entry(0, "2024-01-10"), at="2024-01-10T20:00:00+00:00")]
    assert champion_on(entries, "risk", date(2024, 1, 10)) is None
    assert champion_on(entries, "risk", date(2024, 1, 11)) == entries[0]


def test_before_the_first_there_was_none(written):
    entries, _ = read_history(written)
    assert champion_on(entries, "risk", date(2024, 1, 9)) is None
    assert champion_on(entries, "quota", date(2024, 6, 1)) is None


@pytest.mark.law
@pytest.mark.parametrize("line", range(4))
def test_a_changed_word_breaks_the_chain(written, line):
    """Rewriting who approved an entry, with a new digest or not, is found at that entry or at the next one."""
    lines = written.read_text(encoding="utf-8").splitlines()
    other = json.loads(lines[line]) | {"by": "nobody"}
    lines[line] = json.dumps(other, sort_keys=True)
    written.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(HistoryError, match=f"entry {line}"):
        read_history(written)


@pytest.mark.law
def test_a_removed_a_swapped_and_an_unreadable_line_are_found(written):
    lines = written.read_text(encoding="utf-8").splitlines()
    for damaged in (lines[1:], [lines[0], *lines[2:]], [lines[1], lines[0], *lines[2:]], [*lines[:2], "{", lines[3]]):
        written.write_text("\n".join(damaged) + "\n", encoding="utf-8")
        with pytest.raises(HistoryError):
            read_history(written)


@pytest.mark.law
def test_the_end_of_the_chain_depends_on_every_entry(written):
    """Whoever keeps the last digest can tell that lines were cut off."""
    _, chains = read_history(written)
    assert len(set(chains)) == 4
    shorter = written.with_name("shorter.jsonl")
    shorter.write_text("".join(f"{one}\n" for one in written.read_text(encoding="utf-8").splitlines()[:3]))
    assert read_history(shorter)[1] == chains[:3]


@pytest.mark.law
def test_what_it_was_compared_with_is_in_the_chain_and_entries_from_before_keep_their_digests(tmp_path):
    """The digest of an entry without the member, by hand; one with it cannot be changed into the other."""
    path = tmp_path / "promotions.jsonl"
    old, new = entry(0, "2024-01-10"), entry(1, "2024-02-01", compared_with=CONSTANT)
    written = {name: value for name, value in asdict(old).items() if name != "compared_with"}
    text = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert append(path, old) == hashlib.sha256(f"{'0' * 64}\n{text}".encode()).hexdigest()
    append(path, new)
    assert [one.compared_with for one in read_history(path)[0]] == ["", CONSTANT]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert "compared_with" not in json.loads(lines[0])
    path.write_text("\n".join([lines[0], lines[1].replace(f'"{CONSTANT}"', f'"{CHAMPION}"')]) + "\n", encoding="utf-8")
    with pytest.raises(HistoryError, match="entry 1"):
        read_history(path)


@pytest.mark.contract
def test_an_entry_goes_behind_all_others(written):
    with pytest.raises(HistoryError, match="has 4 entries"):
        append(written, entry(7, "2024-04-01"))


def test_nobody_else_promotes_meanwhile(tmp_path):
    """The lock is free again afterwards."""
    path = tmp_path / "promotions.jsonl"
    with alone(path):
        assert path.with_suffix(".lock").exists()
    with alone(path):
        pass
