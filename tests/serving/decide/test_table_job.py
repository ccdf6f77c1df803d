"""A table of decisions: the service's checks row by row, the whole safeguard, the input never written."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.requests import QuotaRequest
from models.quota.answer import answer_json
from models.quota.certificate import not_assessed
from models.quota.engine import read_policy
from serving.__main__ import app
from serving.decide import table_job
from serving.decide.decision_service import safeguard_facts
from serving.decide.table_job import TableError, run_table_job
from serving.ledger.store import LEDGER_URL
from tests.serving.conftest import AMOUNT

pytestmark = pytest.mark.law
ZONE = "Asia/Shanghai"


def approvals(table):
    return (table["outcome"] == "preapproved").sum()


def test_a_table_gets_the_answers_that_its_rows_would_get_alone(job, service):
    """Outcome, amount, limit, validity and probabilities are those of single answers, in order."""
    done, table = job(rows=300)
    policy = read_policy()
    for row in table.to_dict("records"):
        request = QuotaRequest(request_id="r", uscc=row["uscc"], **AMOUNT)
        answer = service.quota(request, policy)
        assert (row["outcome"], row["amount_wan"], row["limited_by"]) == (
            answer["outcome"], answer["quota"]["amount_wan"], answer["quota"]["limited_by"],
        )  # fmt: skip
        assert row["pd_12m"] == answer["risk"]["pd_12m"]
        until = answer["quota"]["valid_until"]
        assert (None if pd.isna(row["valid_until"]) else row["valid_until"].date()) == until
        assert row["warnings"] in [
            f"{one['zh']} {one['en']}" for one in answer["warnings"]
        ]  # the warning of the set clock
    assert (done.rows, done.faulty_rows, sum(done.decisions.values())) == (300, 0, 300)


def test_an_age_that_cannot_be_is_a_fault(job):
    """Before its founding, or founded before 1949-10-01, the first day of the register."""
    _, table = job(lambda frame: frame.assign(age_years=[-0.1, 74.9, *frame["age_years"].iloc[2:]]))
    assert table["faults"].iloc[:2].str.contains("age_years: got").all()
    assert not (table["outcome"].iloc[:2] == "preapproved").any()
    assert (table["faults"].iloc[2:] == "").all()


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        ({"drift_alarm": True}, "drift_alarm"),
        ({"model_age_days": -1}, "model_stale"),
        ({"reference_age_days": -1}, "model_stale"),
        ({"data_age_days": -1}, "data_stale"),
    ],
)
def test_the_whole_safeguard_acts_on_a_table_and_only_makes_it_stricter(job, facts, finding):
    """Approvals become referrals without an amount; declines and missing data stay, with the finding beside them."""
    _, before = job(rows=300)
    done, after = job(rows=300, **facts)
    free = before["outcome"] == "preapproved"
    assert free.any()
    assert (after.loc[free, "outcome"] == "manual_review").all()
    assert (after.loc[free, "limited_by"] == finding).all()
    assert (after.loc[~free, "outcome"] == before.loc[~free, "outcome"]).all()
    assert (after.loc[~free, "limited_by"] == before.loc[~free, "limited_by"]).all()
    assert (after["amount_wan"] == 0).all()
    assert after[["annual_rate", "valid_until"]].isna().all(axis=None)
    assert after["findings"].str.contains(finding).all()
    assert done.safeguard == replace(done.safeguard, **facts)


def test_a_table_is_guarded_by_the_banks_own_rules(job, monkeypatch):
    """What an engine approves against the bank's rules is referred: the safeguard reads the rules again, row by row."""
    _, before = job(rows=300)
    listed = before.loc[before["outcome"] == "preapproved", "uscc"].iloc[0]
    from models.quota import engine as quota

    real, policy = quota.QuotaEngine.decide_table, read_policy()
    strict = policy.model_validate(policy.model_dump() | {"exclusion_list": (listed,)})
    monkeypatch.setattr(
        quota.QuotaEngine, "decide_table", lambda self, cases, requested, *_: real(self, cases, requested, policy)
    )
    _, after = job(rows=300, policy=strict)
    row = after.loc[after["uscc"] == listed].iloc[0]
    assert (row["outcome"], row["limited_by"], row["amount_wan"]) == ("manual_review", "rule_conflict", 0)
    assert approvals(after) == approvals(before) - 1


def put(column, values):
    """A change of the table: these values in the first rows of the column, the rest as it was."""

    def change(frame):
        old = frame[column].tolist() if column in frame else [None] * len(frame)
        return frame.assign(**{column: [*values, *old[len(values) :]]})

    return change


FAULTY = {
    "a code that is none": ("uscc", ["NOT-A-CODE", "91000000000000019H"], ["18 characters", "check digit"]),
    "no code": ("uscc", [None], ["uscc: got nothing; expected a value, as it is needed"]),
    "a negative debt": ("bank_existing_debt_wan", [-3000.0], ["greater than or equal to 0"]),
    "negative days overdue": ("bank_overdue_days", [-400.0], ["greater than or equal to 0"]),
    "half a day overdue": ("bank_overdue_days", [0.5], ["valid integer"]),
    "no amount": ("requested_amount_cny", [np.nan], ["requested_amount_cny: got nothing"]),
    "an amount too small": ("requested_amount_cny", [5], ["greater than or equal to 10,000"]),
    "an amount in words": ("requested_amount_cny", ["3,00万"], ["got '3,00万'"]),
    "a flag that is none": ("dishonest_debtor", ["maybe"], ["yes or no"]),
    "an endless value": ("operating_cash_flow_wan", [np.inf], ["operating_cash_flow_wan: got inf"]),
    "half a patent": ("invention_patents_valid", [1.5], ["a whole number"]),
    "an industry of its own": ("industry", ["mining"], ["industry: got 'mining'"]),
    "a day that is none": ("as_of", ["30 June"], ["as_of: got '30 June'"]),
    "no day": ("as_of", [pd.NaT], ["as_of: got nothing"]),
    "a day ahead": ("as_of", [pd.Timestamp("2024-07-01")], ["not after 30 June 2024"]),
    "a stage of its own": ("growth_stage", ["giant"], ["growth_stage: got 'giant'"]),
}  # fmt: skip


@pytest.mark.parametrize(("column", "values", "result"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_row_is_named_and_never_approved(job, column, values, result):
    """The fault is in its row's column; the row is not assessed; every other row is as without it."""
    _, clean = job()
    n = len(values)

    def change(frame):
        made = put(column, values)(frame)
        mixed = isinstance(values[0], str) and column in ("as_of", "requested_amount_cny", "dishonest_debtor")
        return made.assign(**{column: made[column].astype(str)}) if mixed else made

    done, table = job(change)
    for row, text in zip(table.head(n).to_dict("records"), result, strict=True):
        assert text in row["faults"]
        assert row["faults"].startswith(column)
        assert row["outcome"] != "preapproved"
        assert (row["amount_wan"], "invalid_input" in row["findings"]) == (0, True)
        assert pd.isna(row["pd_12m"])
    assert done.faulty_rows == n
    same = ["uscc", "outcome", "amount_wan", "limited_by", "pd_12m", "faults"]
    pd.testing.assert_frame_equal(table.loc[n:, same], clean.loc[n:, same])


REQUESTED = {
    "half a month": ("tenor_months", "36.5"),
    "months in words": ("tenor_months", "36 months"),
    "months in Chinese": ("tenor_months", "三十六"),
    "too long": ("tenor_months", "61"),
    "another product": ("product", "ZheKe"),
    "another purpose": ("purpose", "buy a house"),
    "a space before the code": ("uscc", " 91000000000000019H"),
    "no code": ("uscc", None),
    "an amount in words": ("requested_amount_cny", "一百万"),
    "debt in words": ("bank_existing_debt_wan", "abc"),
}


@pytest.mark.parametrize(("column", "value"), REQUESTED.values(), ids=REQUESTED)
def test_a_request_that_cannot_be_read_is_not_decided(job, column, value):
    """Over HTTP it is refused: nobody made the one of the defaults, so it is neither approved nor declined."""
    n, terms = 40, {"requested_amount_cny": "3000000", "tenor_months": "36", "product": "zheke"}
    plain, clean = job(lambda frame: frame.assign(**terms))
    assert clean["outcome"].eq("declined").any()
    done, table = job(lambda frame: frame.assign(**terms | {column: value}))
    assert (done.decisions, done.faulty_rows) == ({"insufficient_data": n}, n)
    assert (plain.decisions.get("declined", 0), plain.faulty_rows) == (clean["outcome"].eq("declined").sum(), 0)
    assert set(table["limited_by"]) == {"invalid_input"}
    assert table["findings"].str.startswith("invalid_input").all()
    assert (table["amount_wan"].eq(0) & table["rules_hit"].eq(0)).all()
    shown = {"requested_amount_cny": "requested_cny"}.get(column, column)
    for name in ("requested_cny", "tenor_months", "product"):
        assert table[name].isna().all() if name == shown else table[name].equals(clean[name])
    assert table["purpose"].isna().all() == (column == "purpose")


def test_notations_that_are_read(job):
    """是 and 否, numbers as text, days of the zone as instants and as text: the same decisions as the plain table."""
    _, clean = job()
    flags = {1.0: "是", 0.0: "否"}

    def change(frame):
        return frame.assign(
            abnormal_business=frame["abnormal_business"].map(flags),
            requested_amount_cny="3000000",
            revenue_wan=frame["revenue_wan"].map(repr),
            as_of=pd.Timestamp("2024-06-29 16:00", tz="UTC"),  # midnight in Shanghai
        )

    same = ["uscc", "as_of", "outcome", "amount_wan", "requested_cny", "pd_12m", "faults"]
    pd.testing.assert_frame_equal(job(change)[1][same], clean[same])
    assert (clean["as_of"] == pd.Timestamp("2024-06-30")).all()


def test_old_sources_of_a_table_are_stale(job):
    """``known_at`` counts as a source's day: beyond the codebook's time nobody is approved."""
    _, fresh = job(lambda frame: frame.assign(known_at=date(2024, 1, 1)))
    _, stale = job(lambda frame: frame.assign(known_at=date(2022, 1, 1)))
    assert approvals(fresh) > 0
    assert approvals(stale) == 0
    assert (stale["findings"].str.contains("data_stale")).all()


def test_the_size_of_a_part_changes_nothing(job, monkeypatch):
    """The same rows and types, read seven rows at a time or at once, also where a whole part is faulty."""
    change = put("requested_amount_cny", [np.nan] * 9)
    whole = job(change)[1]
    monkeypatch.setattr(table_job, "CHUNK_ROWS", 7)
    pd.testing.assert_frame_equal(job(change)[1], whole)


@pytest.mark.parametrize("link", ["same", "symbolic", "hard", "through a folder"])
def test_the_input_is_never_written(service, trained, tmp_path, link):
    """An output that is the input, by whatever name, is refused and the input keeps its bytes."""
    source = tmp_path / "in.parquet"
    trained.snapshot.frame.head(20).assign(**AMOUNT).to_parquet(source)
    before, target = source.read_bytes(), source if link == "same" else tmp_path / "out.parquet"
    if link == "symbolic":
        target.symlink_to(source)
    elif link == "hard":
        os.link(source, target)
    elif link == "through a folder":
        (tmp_path / "folder").symlink_to(tmp_path)
        target = tmp_path / "folder" / "in.parquet"
    facts = safeguard_facts(service.models, service.params, service.clock, drift_alarm=False)
    with pytest.raises(TableError, match="is the input"):
        run_table_job(source, target, service.models, read_policy(), facts, ZONE, record=trained.snapshot.frame)
    assert source.read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


def test_a_table_that_cannot_be_read_is_one_message_and_leaves_nothing_behind(service, trained, tmp_path):
    """Missing columns, no Parquet, no rows: file, what was found, what is needed; no output and no half of one."""
    frame, facts = trained.snapshot.frame.head(5), safeguard_facts(
        service.models, service.params, service.clock, drift_alarm=False
    )  # fmt: skip
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    for bad, result in (
        (frame, r"in.parquet: columns \['requested_amount_cny'\] are missing; found \['uscc'"),
        (frame.drop(columns=["existing_debt_wan", "inv_margin_share"]).assign(**AMOUNT), "'existing_debt_wan', 'inv_"),
        (frame.head(0).assign(**AMOUNT), r"in\.parquet: no rows"),
    ):
        bad.to_parquet(source)
        with pytest.raises(TableError, match=result):
            run_table_job(source, target, service.models, read_policy(), facts, ZONE, record=trained.snapshot.frame)
    source.write_text("uscc,as_of\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"in\.parquet: not a readable Parquet file"):
        run_table_job(source, target, service.models, read_policy(), facts, ZONE, record=trained.snapshot.frame)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet"]


def test_a_job_that_breaks_leaves_the_old_output(job, monkeypatch, tmp_path):
    """A fault half-way: the output of the last job stays, and no part of a new one."""
    job()
    before = (tmp_path / "out.parquet").read_bytes()
    monkeypatch.setattr(table_job, "settle", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        job()
    assert (tmp_path / "out.parquet").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


def test_the_command_says_what_is_wrong_without_a_traceback(trained, tmp_path, monkeypatch):
    """A missing column and an output that is the input, as a person sees them."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'batch.sqlite'}")
    source = tmp_path / "in.parquet"
    trained.snapshot.frame.head(20).to_parquet(source)
    given = ["batch", str(source), str(tmp_path / "out.parquet"), "--artifacts", str(trained.folder), "--create"]
    found = CliRunner().invoke(app, given)
    assert found.exit_code == 2
    assert "requested_amount_cny" in found.output
    trained.snapshot.frame.head(20).assign(**AMOUNT).to_parquet(source)
    assert CliRunner().invoke(app, [*given[:2], str(source), *given[3:]]).exit_code == 2
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 0, done.output
    assert "'rows': 20" in done.output
    assert "set the date to 30 June 2024" in done.output.replace("\n", " ")
    assert answer_json({}) == b"{}"


def test_every_part_of_an_output_has_one_schema(job, service, monkeypatch):
    """A certificate that covers loans of twelve months and none of 24, in parts of their own: no column is lacking."""
    monkeypatch.setattr(table_job, "CHUNK_ROWS", 10)
    policy = read_policy()
    covers = not_assessed(policy.bank_id, policy.version, policy.digest)
    covers = replace(covers, taper_end_pd=0.5, largest_wan=500.0)
    monkeypatch.setattr(type(service.models.engine), "certificate", lambda *_: covers)
    _, table = job(lambda frame: frame.assign(tenor_months=np.repeat([12, 24, 13, 12], 10)))
    assert table["constraint_taper_wan"].notna().tolist() == [True] * 10 + [False] * 20 + [True] * 10
    assert list(table.columns) == table_job.SCHEMA.names
