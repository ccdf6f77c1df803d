"""What an auditor types: each command says what it found, and its exit status is its verdict."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from models.quota import read_policy
from serving import audit_commands
from serving.__main__ import app
from serving.desk import LEDGER_URL
from serving.shelf import Shelf, UnknownReleaseError
from serving.table_job import TableError, run_table_job

pytestmark = pytest.mark.surface


@pytest.fixture
def decided(shop, monkeypatch, trained):
    """A ledger with twenty decisions, and the commands pointed at it."""
    bodies = [shop.body(place) for place in range(20)]
    answers = shop.client.post("/v1/quota/batch", json=bodies, headers=shop.key("standard")).json()
    monkeypatch.setenv(LEDGER_URL, shop.desk.ledger.url)

    def folder_of(release):
        if release != shop.desk.counter.models.release:
            raise UnknownReleaseError(release)
        return trained.folder

    monkeypatch.setattr(audit_commands, "Shelf", lambda: Shelf(folder_of))
    return shop, answers


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_verify_finds_one_changed_byte(decided):
    """0 on the whole chain, 1 after a byte of one record was changed behind the counter's back, naming the record."""
    shop, _ = decided
    whole = run("verify")
    assert (whole.exit_code, "0 breaks" in whole.output) == (0, True)
    with sqlite3.connect(shop.desk.ledger.url.removeprefix("sqlite:///")) as book:
        book.execute("DROP TRIGGER records_no_update")
        book.execute("UPDATE records SET body = replace(body, 'growth', 'grovth') WHERE seq = 30")
    broken = run("verify")
    assert broken.exit_code == 1
    assert "record 30:" in broken.output


def test_verify_says_when_there_is_nothing_to_read(monkeypatch, tmp_path):
    """A ledger that is not there is neither whole nor broken: 2."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'nothing.sqlite'}")
    assert run("verify").exit_code == 2


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
    assert "indicative_approve" in found.output
    assert "0 of 20 identical" in found.output
    assert ", 0 万 replayed" in found.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("replay", "--decision", "dec-none"), "dec-none"),
        (("replay", "--policy", "never-1"), "never-1"),
        (("replay", "--release", "0000"), "0000"),
        (("verdict", "run-none", "outcomes.csv"), "outcomes.csv"),
    ],
)
def test_what_is_missing_is_named_without_a_traceback(decided, arguments, told):
    """An unknown name is a usage error that repeats it."""
    found = run(*arguments)
    assert found.exit_code != 0
    assert told in found.output or told in str(found.exception)


def test_a_challenger_run_from_the_command_line_ends_and_is_concluded(decided, tmp_path):
    """The run reads what is there, ends at its size, and takes outcomes from a file."""
    shop, answers = decided
    key = shop.key("standard")
    end = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    from serving.shadow import start

    ledger = shop.desk.ledger
    until = datetime.fromisoformat(end).replace(tzinfo=UTC)
    begun = start(ledger, shop.desk.counter.models.release, 10, until, "wang")
    bodies = [shop.body(place, request_id=f"later-{place}") for place in range(10)]
    shop.client.post("/v1/quota/batch", json=bodies, headers=key)
    found = run("shadow", begun.challenger, "--until", end, "--size", "10", "--holder", "wang")
    assert found.exit_code == 0, found.output
    assert "no_difference" in found.output
    outcomes = tmp_path / "outcomes.csv"
    pd.DataFrame({"uscc": [answer["uscc"] for answer in answers], "defaulted": 0}).to_csv(outcomes, index=False)
    assert "no_difference" in run("verdict", begun.run_id, str(outcomes)).output


@pytest.mark.law
def test_a_table_gets_the_answers_that_its_rows_would_get_alone(shop, trained, tmp_path):
    """Outcome, amount, limit and probabilities of the table job are those of the served answers, in order."""
    frame = trained.snapshot.frame.head(300).assign(requested_amount_cny=3_000_000)
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame.to_parquet(source)
    counter, seen = shop.desk.counter, []
    done = run_table_job(source, target, counter.models, read_policy(), counter.params.model_age_days, seen.append)
    table = pd.read_parquet(target)
    answers = shop.client.post(
        "/v1/quota/batch", json=[shop.body(uscc=code) | {"request_id": code} for code in frame["uscc"]],
        headers=shop.key("standard"),
    ).json()  # fmt: skip
    for row, answer in zip(table.to_dict("records"), answers, strict=True):
        assert (row["uscc"], row["decision"], row["amount_wan"], row["limited_by"]) == (
            answer["uscc"], answer["decision"], answer["quota"]["amount_wan"], answer["quota"]["limited_by"],
        )  # fmt: skip
        assert row["pd_12m"] == answer["risk"]["pd_12m"]
    assert (done.rows, seen[-1], sum(done.decisions.values())) == (300, 300, 300)


@pytest.mark.contract
def test_a_table_that_is_none_leaves_nothing_behind(shop, trained, tmp_path):
    """A missing column or an amount that no request may have is named; no output is written."""
    counter, target = shop.desk.counter, tmp_path / "out.parquet"
    frame = trained.snapshot.frame.head(50)
    for bad, told in (
        (frame, "requested_amount_cny"),
        (frame.assign(requested_amount_cny=np.where(np.arange(50) == 7, 5, 10**6)), "first at row 7: 5"),
        (frame.assign(requested_amount_cny=np.nan), "50 rows"),
    ):
        source = tmp_path / "in.parquet"
        bad.to_parquet(source)
        with pytest.raises(TableError, match=told):
            run_table_job(source, target, counter.models, read_policy(), 548)
        assert not target.exists()


@pytest.mark.law
def test_a_table_is_guarded_against_a_stale_model(shop, trained, tmp_path):
    """Beyond the age limit nobody in the table is approved."""
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    trained.snapshot.frame.head(300).assign(requested_amount_cny=3_000_000).to_parquet(source)
    done = run_table_job(source, target, shop.desk.counter.models, read_policy(), -1)
    assert "indicative_approve" not in done.decisions
    assert pd.read_parquet(target)["amount_wan"].max() == 0


def test_keys_are_issued_rotated_ended_and_listed_without_their_secret(monkeypatch, tmp_path):
    """The life of a key on the command line; the list tells no secret."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'keys.sqlite'}")
    key = run("keys", "issue", "standard", "--holder", "core banking").output.strip()
    key_id, secret = key.split("_", 2)[1:]
    fresh = run("keys", "rotate", key_id, "--grace-hours", "1").output.strip()
    assert fresh.startswith("ip_")
    assert run("keys", "end", key_id).exit_code == 0
    listed = run("keys", "list").output
    assert key_id in listed
    assert secret not in listed
    assert run("keys", "issue", "standard", "--holder", "x", "--scope", "everything").exit_code != 0
