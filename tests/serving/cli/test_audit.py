"""What an auditor types: each command says what it found, and its exit status is its verdict."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest
from typer.testing import CliRunner

from models.quota.engine import read_policy
from serving.__main__ import app
from serving.audit.packed_models import PackedModels
from serving.cli import audit as audit_commands
from serving.contract.instants import end_of_day
from serving.ledger.store import LEDGER_URL
from serving.releases.packed import UnknownReleaseError

pytestmark = pytest.mark.surface


@pytest.fixture
def decided(shop, monkeypatch, trained):
    """A ledger with twenty decisions, and the commands pointed at it."""
    bodies = [shop.body(position) for position in range(20)]
    answers = shop.client.post("/v1/quota/batch", json=bodies, headers=shop.key("standard")).json()
    monkeypatch.setenv(LEDGER_URL, shop.worker.ledger.url)

    def folder_of(release):
        if release != shop.worker.service.models.release:
            raise UnknownReleaseError(release)
        return trained.folder

    monkeypatch.setattr(audit_commands, "PackedModels", lambda: PackedModels(folder_of))
    return shop, answers


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_verify_finds_one_changed_byte(decided):
    """0 on the whole chain, 1 after a byte of one record was changed past the service, naming the record."""
    shop, _ = decided
    whole = run("verify")
    assert (whole.exit_code, "0 breaks" in whole.output) == (0, True)
    with sqlite3.connect(shop.worker.ledger.url.removeprefix("sqlite:///")) as book:
        book.execute("DROP TRIGGER records_no_update")
        book.execute("UPDATE records SET body = replace(body, 'growth', 'grovth') WHERE seq = 30")
    broken = run("verify")
    assert broken.exit_code == 1
    assert "record 30:" in broken.output


def test_verify_says_when_there_is_nothing_to_read(monkeypatch, tmp_path):
    """A ledger that is not there is neither whole nor broken: 2."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'nothing.sqlite'}")
    assert run("verify").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",), ("replay",), ("keys", "list"), ("keys", "issue", "bank-a", "--holder", "x"),
        ("keys", "end", "deadbeef"), ("shadow", "r", "--until", "2036-01-01", "--holder", "x"),
        ("verdict", "run-none", "none.csv"), ("checkpoint",), ("batch", "a.parquet", "b.parquet"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)  # fmt: skip
def test_a_mistyped_path_is_an_error_and_no_new_ledger(monkeypatch, tmp_path, arguments):
    """Whatever the command: a message, a status that is not 0, and nothing on the disk."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'typo' / 'ledger.sqlite'}")
    found = run(*arguments)
    assert found.exit_code == 2, found.output
    assert not isinstance(found.exception, Exception) or isinstance(found.exception, SystemExit), found.exception
    assert list(tmp_path.iterdir()) == []


def test_a_new_ledger_is_made_when_requested(monkeypatch, tmp_path):
    """``--create`` makes it; afterwards the option is not needed."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'new' / 'ledger.sqlite'}")
    assert run("keys", "issue", "bank-a", "--holder", "x", "--create").exit_code == 0
    assert run("keys", "issue", "bank-b", "--holder", "x").exit_code == 0
    assert run("verify").exit_code == 0


def test_replay_of_one_and_of_all_decisions_is_identical(decided):
    """Every byte again: exit 0 and the count."""
    _, answers = decided
    one, everything = run("replay", "--decision", answers[3]["audit_id"]), run("replay")
    assert (one.exit_code, everything.exit_code) == (0, 0), one.output + everything.output
    assert "1 of 1 identical" in one.output
    assert "20 of 20 identical" in everything.output


def test_replay_under_another_policy_prints_what_would_have_changed(decided, tmp_path):
    """A stricter file moves approvals elsewhere; the table counts every move."""
    strict = tmp_path / "strict.yaml"
    import yaml

    strict.write_text(
        yaml.safe_dump(read_policy().model_dump(mode="json") | {"version": "strict-1", "min_points": 130})
    )
    found = run("replay", "--policy", str(strict), "--since", "2020-01-01")
    assert found.exit_code == 0, found.output
    assert "preapproved" in found.output
    assert "0 of 20 identical" in found.output
    assert ", 0 万 replayed" in found.output


def test_since_is_an_instant_in_any_offset_or_a_day_of_the_zone(decided):
    """One instant written with two offsets replays the same records; yesterday in Shanghai holds today's too."""
    _, answers = decided
    now = datetime.now(UTC)
    beijing = timezone(timedelta(hours=8))
    for ahead, expected in ((timedelta(minutes=-5), "20 of 20"), (timedelta(minutes=5), "nothing to replay")):
        for when in (now + ahead, (now + ahead).astimezone(beijing)):
            found = run("replay", "--since", when.isoformat(timespec="seconds"))
            assert expected in found.output
            assert found.exit_code == (1 if "nothing" in expected else 0)
    yesterday = (now.astimezone(beijing) - timedelta(days=1)).date().isoformat()
    assert "20 of 20 identical" in run("replay", "--since", yesterday).output
    tomorrow = (now.astimezone(beijing) + timedelta(days=1)).date().isoformat()
    assert run("replay", "--since", tomorrow).exit_code == 1
    assert len(answers) == 20


@pytest.mark.parametrize(
    "since", ["26/11/2026", "2026-13-45", "last week", "2026-11-26T09:00:00", "20261126", "2026-W48-4", "now", "0"]
)
def test_a_since_that_is_none_is_an_error_that_says_what_is_allowed(decided, since):
    """Also an instant without its offset, which means another one everywhere."""
    found = run("replay", "--since", since)
    assert found.exit_code == 2
    assert "2026-01-31T09:00:00+08:00" in " ".join(found.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (("replay", "--decision", "dec-none"), "dec-none"),
        (("replay", "--policy", "never-1"), "never-1"),
        (("replay", "--release", "0000"), "0000"),
        (("verdict", "run-none", "outcomes.csv"), "outcomes.csv"),
    ],
)
def test_what_is_missing_is_named_without_a_traceback(decided, arguments, result):
    """An unknown name is a usage error that repeats it."""
    found = run(*arguments)
    assert found.exit_code != 0
    assert result in found.output or result in str(found.exception)


def test_a_challenger_run_from_the_command_line_ends_and_is_concluded(decided, tmp_path):
    """The run reads what is there, ends at its size, and takes outcomes from a file."""
    shop, answers = decided
    key = shop.key("standard")
    end = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    from serving.audit.shadow import start

    ledger = shop.worker.ledger
    until = end_of_day(end, "Asia/Shanghai")  # the whole last day belongs to the run
    assert until == datetime.fromisoformat(f"{end}T24:00:00+08:00".replace("T24", "T00")) + timedelta(days=1)
    begun = start(ledger, shop.worker.service.models.release, 10, until, "wang")
    bodies = [shop.body(position, request_id=f"later-{position}") for position in range(10)]
    shop.client.post("/v1/quota/batch", json=bodies, headers=key)
    found = run("shadow", begun.challenger, "--until", end, "--size", "10", "--holder", "wang")
    assert found.exit_code == 0, found.output
    assert "no_difference" in found.output
    assert begun.run_id in found.output
    outcomes = tmp_path / "outcomes.csv"
    pd.DataFrame({"uscc": [answer["uscc"] for answer in answers], "defaulted": 0}).to_csv(outcomes, index=False)
    assert "no_difference" in run("verdict", begun.run_id, str(outcomes)).output


def test_outcomes_are_read_as_the_ingest_reads_tables(decided, tmp_path):
    """GB18030, other titles, words for yes and no; faulty rows are left out and counted, faulty tables refused."""
    shop, answers = decided
    from serving.audit.shadow import read_outcomes, start

    codes = [answer["uscc"] for answer in answers]
    good = pd.DataFrame({"USCC": codes, "是否违约": ["是"] + ["否"] * (len(codes) - 1)})
    good.to_csv(tmp_path / "good.csv", index=False, encoding="gb18030")
    read = read_outcomes(tmp_path / "good.csv")
    assert read.frame["defaulted"].tolist() == [True] + [False] * (len(codes) - 1)
    assert read.frame["uscc"].tolist() == codes
    ledger, until = shop.worker.ledger, datetime.now(UTC) + timedelta(days=1)
    begun = start(ledger, shop.worker.service.models.release, 10, until, "wang")
    wrong = {
        "missing.csv": None,
        "binary.csv": b"\0\1\2",
        "title.csv": "uscc,gone\n" + "".join(f"{code},0\n" for code in codes),
        "twice.csv": "uscc,USCC,defaulted\n" + "".join(f"{code},{code},0\n" for code in codes),
    }
    for name, content in wrong.items():
        if content is not None:
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        found = run("verdict", begun.run_id, str(tmp_path / name))
        assert found.exit_code == 2, name
        assert isinstance(found.exception, SystemExit), name
        assert name in found.output
    pd.concat([good, pd.DataFrame({"USCC": ["91"], "是否违约": ["否"]})]).to_csv(tmp_path / "part.csv", index=False)
    found = run("verdict", begun.run_id, str(tmp_path / "part.csv"))
    assert f"1 of {len(codes) + 1} rows left out: uscc 1" in found.output


def test_keys_are_issued_rotated_ended_and_listed_without_their_secret(monkeypatch, tmp_path):
    """The life of a key on the command line; the list shows no secret."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'keys.sqlite'}")
    key = run("keys", "issue", "standard", "--holder", "core banking", "--create").output.strip()
    key_id, secret = key.split("_", 2)[1:]
    fresh = run("keys", "rotate", key_id, "--grace-hours", "1").output.strip()
    assert fresh.startswith("ip_")
    assert run("keys", "end", key_id).exit_code == 0
    listed = run("keys", "list").output
    assert key_id in listed
    assert secret not in listed
    assert run("keys", "issue", "standard", "--holder", "x", "--permission", "everything").exit_code != 0


def test_an_unknown_or_pasted_key_on_the_command_line(monkeypatch, tmp_path):
    """An id that is none ends with a status; a whole key is taken by its id, and its secret is printed nowhere."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'keys.sqlite'}")
    key = run("keys", "issue", "standard", "--holder", "core banking", "--create").output.strip()
    key_id, secret = key.split("_", 2)[1:]
    dashed = f"-M{secret[2:]}"  # a secret may begin so, as an option does
    pasted = [(command, one) for command in ("end", "rotate") for one in ("deadbeef", secret, dashed, f"ip_x_{secret}")]
    for arguments in pasted:
        found = run("keys", *arguments)
        assert found.exit_code == 1, found.output
        assert secret[2:12] not in found.output.replace("\n", "")
    ended = run("keys", "end", key)
    assert (ended.exit_code, key_id in ended.output, secret[:12] in ended.output) == (0, True, False)
    again = run("keys", "rotate", key)
    assert (again.exit_code, secret[:12] in again.output) == (1, False)
    assert "ended at" in " ".join(again.output.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("not-a-uscc", "--role", "enterprise"), ("",), ("a bank",), ("bank-a", "--days", "-1"),
        ("bank-a", "--days", "inf"), ("bank-a", "--days", "nan"), ("bank-a", "--days", "1e9"),
        ("bank-a", "--permission", "foo"), ("bank-a", "--role", "admin"), ("bank-a", "--holder", "set-up"),
        ("b" * 81,), ("bank-a", "--holder", "h" * 81),
    ],
)  # fmt: skip
def test_what_makes_no_key_is_one_message(monkeypatch, tmp_path, arguments):
    """No traceback, a status that is not 0, and no key."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'keys.sqlite'}")
    found = run("keys", "issue", "--holder", "x", "--create", *arguments)
    assert found.exit_code == 2
    assert "Traceback" not in found.output
    assert "x" not in run("keys", "list").output.split()


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "nonsense", "sqlite://"])
def test_another_kind_of_store_is_one_message(monkeypatch, url):
    """Its password is not repeated."""
    monkeypatch.setenv(LEDGER_URL, url)
    for arguments in (("keys", "list"), ("verify",), ("keys", "issue", "bank-a", "--holder", "x")):
        found = run(*arguments)
        assert found.exit_code == 2
        assert "secret" not in found.output
        assert "sqlite:///path" in found.output.replace("\n", "")
