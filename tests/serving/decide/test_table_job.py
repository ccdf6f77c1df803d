"""A table of decisions: the service's checks row by row, the whole guard by the same code, the input never written."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import numpy as np
import orjson
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.codebook import read_credit_facts
from data.growth_stages import stage3
from data.requests import EnterpriseFacts, QuotaRequest
from models.quota.answer import answer_json
from models.quota.certificate import not_assessed
from models.quota.engine import read_policy
from serving.__main__ import app
from serving.consents.check import Rights
from serving.decide import table_job
from serving.decide.decision_service import guard_facts
from serving.decide.guard import veto_keys
from serving.decide.table_job import TableError, run_table_job
from serving.ledger.store import LEDGER_URL
from tests.serving.conftest import AMOUNT

pytestmark = pytest.mark.law
ZONE = "Asia/Shanghai"


def approvals(table):
    return (table["decision"] == "indicative_approve").sum()


def test_a_table_gets_the_answers_that_its_rows_would_get_alone(job, service):
    """Outcome, amount, limit, validity and probabilities are those of single answers, in order."""
    done, table = job(rows=300)
    policy = read_policy()
    for row in table.to_dict("records"):
        request = QuotaRequest(request_id="r", uscc=row["uscc"], **AMOUNT)
        answer = service.quota(request, policy)
        assert (row["decision"], row["amount_wan"], row["limited_by"]) == (
            answer["decision"], answer["quota"]["amount_wan"], answer["quota"]["limited_by"],
        )  # fmt: skip
        assert row["pd_12m"] == answer["risk"]["pd_12m"]
        until = answer["quota"]["valid_until"]
        assert (None if pd.isna(row["valid_until"]) else row["valid_until"].date()) == until
        assert row["warnings"] in [
            f"{one['zh']} {one['en']}" for one in answer["warnings"]
        ]  # the notice of the set clock
    assert (done.rows, done.faulty_rows, sum(done.decisions.values())) == (300, 0, 300)


def test_an_age_that_cannot_be_is_a_fault(job):
    """Before its founding, or founded before 1949-10-01, the first day of the register."""
    _, table = job(lambda frame: frame.assign(age_years=[-0.1, 74.9, *frame["age_years"].iloc[2:]]))
    assert table["faults"].iloc[:2].str.contains("age_years: got").all()
    assert not (table["decision"].iloc[:2] == "indicative_approve").any()
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
def test_the_whole_guard_acts_on_a_table_and_only_makes_it_stricter(job, facts, finding):
    """Approvals become referrals without an amount; declines and missing data stay, with the finding beside them."""
    _, before = job(rows=300)
    done, after = job(rows=300, **facts)
    free = before["decision"] == "indicative_approve"
    assert free.any()
    assert (after.loc[free, "decision"] == "refer_human").all()
    assert (after.loc[free, "limited_by"] == finding).all()
    assert (after.loc[~free, "decision"] == before.loc[~free, "decision"]).all()
    assert (after.loc[~free, "limited_by"] == before.loc[~free, "limited_by"]).all()
    assert (after["amount_wan"] == 0).all()
    assert after[["annual_rate", "valid_until"]].isna().all(axis=None)
    assert after["findings"].str.contains(finding).all()
    assert done.guard == replace(done.guard, **facts)


def test_a_table_is_guarded_by_the_banks_own_rules(job, monkeypatch):
    """What an engine approves against the bank's rules is referred: the guard reads the rules again, row by row."""
    _, before = job(rows=300)
    listed = before.loc[before["decision"] == "indicative_approve", "uscc"].iloc[0]
    from models.quota import engine as quota

    real, policy = quota.QuotaEngine.decide_table, read_policy()
    strict = policy.model_validate(policy.model_dump() | {"blacklist": (listed,)})
    monkeypatch.setattr(
        quota.QuotaEngine, "decide_table", lambda self, cases, asked, _: real(self, cases, asked, policy)
    )
    _, after = job(rows=300, policy=strict)
    row = after.loc[after["uscc"] == listed].iloc[0]
    assert (row["decision"], row["limited_by"], row["amount_wan"]) == ("refer_human", "rules_floor", 0)
    assert approvals(after) == approvals(before) - 1


def put(column, values):
    """A change of the table: these values in the first rows of the column, the rest as it was."""

    def change(frame):
        old = frame[column].tolist() if column in frame else [None] * len(frame)
        return frame.assign(**{column: [*values, *old[len(values) :]]})

    return change


FAULTY = {
    "a code that is none": ("uscc", ["NOT-A-CODE", "91000000000000019H"], ["18 characters", "check digit"]),
    "no code": ("uscc", [None], ["uscc: got None"]),
    "a negative debt": ("bank_existing_debt_wan", [-3000.0], ["greater than or equal to 0"]),
    "negative days overdue": ("bank_overdue_days", [-400.0], ["greater than or equal to 0"]),
    "half a day overdue": ("bank_overdue_days", [0.5], ["valid integer"]),
    "no amount": ("requested_amount_cny", [np.nan], ["requested_amount_cny: got nothing"]),
    "an amount too small": ("requested_amount_cny", [5], ["greater than or equal to 10000"]),
    "an amount in words": ("requested_amount_cny", ["3,00万"], ["got '3,00万'"]),
    "a flag that is none": ("dishonest_debtor", ["maybe"], ["yes or no"]),
    "an endless value": ("operating_cash_flow_wan", [np.inf], ["operating_cash_flow_wan: got inf"]),
    "half a patent": ("invention_patents_valid", [1.5], ["a whole number"]),
    "an industry of its own": ("industry", ["mining"], ["industry: got 'mining'"]),
    "a day that is none": ("as_of", ["30 June"], ["as_of: got '30 June'"]),
    "no day": ("as_of", [pd.NaT], ["as_of: got nothing"]),
    "a day ahead": ("as_of", [pd.Timestamp("2024-07-01")], ["not after 2024-06-30"]),
    "a stage of its own": ("stage3", ["giant"], ["stage3: got 'giant'"]),
}  # fmt: skip


@pytest.mark.parametrize(("column", "values", "told"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_row_is_named_and_never_approved(job, column, values, told):
    """The fault stands in its row's column; the row is not assessed; every other row is as without it."""
    _, clean = job()
    n = len(values)

    def change(frame):
        made = put(column, values)(frame)
        mixed = isinstance(values[0], str) and column in ("as_of", "requested_amount_cny", "dishonest_debtor")
        return made.assign(**{column: made[column].astype(str)}) if mixed else made

    done, table = job(change)
    for row, text in zip(table.head(n).to_dict("records"), told, strict=True):
        assert text in row["faults"]
        assert row["faults"].startswith(column)
        assert row["decision"] != "indicative_approve"
        assert (row["amount_wan"], "invalid_input" in row["findings"]) == (0, True)
        assert pd.isna(row["pd_12m"])
    assert done.faulty_rows == n
    same = ["uscc", "decision", "amount_wan", "limited_by", "pd_12m", "faults"]
    pd.testing.assert_frame_equal(table.loc[n:, same], clean.loc[n:, same])


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

    same = ["uscc", "as_of", "decision", "amount_wan", "requested_cny", "pd_12m", "faults"]
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
    facts = guard_facts(service.models, service.params, service.clock, drift_alarm=False)
    with pytest.raises(TableError, match="is the input"):
        run_table_job(source, target, service.models, read_policy(), facts, ZONE, record=trained.snapshot.frame)
    assert source.read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


def test_a_table_that_cannot_be_read_is_one_message_and_leaves_nothing_behind(service, trained, tmp_path):
    """Missing columns, no Parquet, no rows: file, what was found, what is needed; no output and no half of one."""
    frame, facts = trained.snapshot.frame.head(5), guard_facts(
        service.models, service.params, service.clock, drift_alarm=False
    )  # fmt: skip
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    for bad, told in (
        (frame, r"in.parquet: columns \['requested_amount_cny'\] are missing; found \['uscc'"),
        (frame.drop(columns=["existing_debt_wan", "inv_margin_share"]).assign(**AMOUNT), "'existing_debt_wan', 'inv_"),
        (frame.head(0).assign(**AMOUNT), r"in\.parquet: no rows"),
    ):
        bad.to_parquet(source)
        with pytest.raises(TableError, match=told):
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
    assert "set the date to 2024-06-30" in done.output.replace("\n", " ")
    assert answer_json({}) == b"{}"


def overwritten(column, value):
    """A change of the table: this value in every row."""
    return lambda frame: frame.assign(**{column: value})


@pytest.mark.parametrize("column", ["a veto", "overdue_days_max_24m", "revenue_wan", "inv_margin_share"])
def test_a_table_does_not_replace_the_record(job, service, column):
    """Another value of a packed firm: its row is faulty, names the column, quotes no record, and is not approved."""
    _, clean = job(rows=300)
    rows = [service.snapshot.cases[uscc].row for uscc in clean["uscc"]]
    if column == "a veto":
        column = next(key for key in veto_keys() if any(row[key] > 0 for row in rows))
    held = clean["uscc"].map(lambda uscc: service.snapshot.cases[uscc].row[column])
    done, table = job(overwritten(column, 0.0), rows=300)
    other = (held != 0.0).to_numpy()
    assert other.any()
    wrong = table.loc[other]
    assert wrong["faults"].str.contains(f"{column}: got 0.0; expected the record's value; or leave it out").all()
    assert not (wrong["decision"] == "indicative_approve").any()
    assert (wrong["own_values_refused"] == column).all()
    assert (table["own_values"] == "").all()
    vetoed = (clean["decision"] == "decline").to_numpy()
    assert (table.loc[vetoed, "decision"] == "decline").all()
    count = {"allowed": False, "rows": other.sum(), "taken": {}, "refused": {column: other.sum()}, "record_held": 0}
    assert orjson.loads(done.draft("standard").body)["own_values"] == count
    same = ["uscc", "decision", "amount_wan", "pd_12m"]
    if column != "revenue_wan":  # whose stage would be another one
        pd.testing.assert_frame_equal(table.loc[~other, same], clean.loc[~other, same])


def test_another_day_does_not_replace_the_record(job):
    """A packed firm's row of the day before, with its vetoes cleared: refused as a request's ``as_of`` is."""
    _, table = job(lambda frame: frame.assign(as_of=frame["as_of"] - pd.Timedelta(days=1), dishonest_debtor=0.0))
    assert table["faults"].str.contains("as_of: got 2024-06-29; expected 2024-06-30, the day of the packed").all()
    assert not (table["decision"] == "indicative_approve").any()


def test_an_empty_cell_of_a_packed_firm_is_a_value_that_was_not_sent(job):
    """The record's holds, as in a request that leaves the member out."""
    _, clean = job(rows=100)
    _, table = job(lambda frame: frame.assign(rd_intensity=np.nan, dishonest_debtor=np.nan, headcount=np.nan), rows=100)
    pd.testing.assert_frame_equal(table, clean)


def test_own_values_of_a_table_are_taken_as_a_requests_are(job, service, trained):
    """Random own values of 300 firms: the members, the outcome and the default risk of single requests."""
    chance, book = np.random.default_rng(5), service.models.engine.codebook
    columns = ("revenue_wan", "existing_debt_wan", "dishonest_debtor", "rd_intensity", "headcount", "arrears_wan")
    columns = tuple(name for name in columns if name in trained.snapshot.frame)
    items = {item.key: item for item in (*book, *read_credit_facts())}
    sent = {}

    def change(frame):
        values = {}
        for name in columns:
            item = items[name]
            drawn = np.round(chance.uniform(item.low, min(item.high, item.low + 3000.0), len(frame)), 3)
            drawn = np.round(drawn) if item.dtype == "int" or item.high == 1.0 else drawn
            values[name] = np.where(chance.random(len(frame)) < 0.3, drawn, np.nan)
        sent.update(values)
        return frame.assign(**values, stage3=stage3(values["revenue_wan"], frame["age_years"].to_numpy()))

    done, table = job(change, rows=300, own_values=True)
    for at, row in enumerate(table.to_dict("records")):
        given = {name: float(sent[name][at]) for name in columns if not np.isnan(sent[name][at])}
        own = EnterpriseFacts(
            known_at=date(2024, 6, 30), indicators={key: value for key, value in given.items() if key in book.keys},
            credit_facts={key: value for key, value in given.items() if key not in book.keys},
        )  # fmt: skip
        request = QuotaRequest(request_id="r", uscc=row["uscc"], enterprise=own, **AMOUNT)
        case = service.snapshot.case_of(request, Rights(take=True))
        answer = service.models.decide(case, request, read_policy(), service.facts("standard"))
        assert row["decision"] == answer["decision"], (row["uscc"], given)
        for column in ("own_values", "own_values_refused"):
            assert set(row[column].split()) == {member.rpartition(".")[2] for member in answer[column]}
        risk = answer["risk"]
        assert risk is None or row["pd_12m"] == pytest.approx(risk["pd_12m"], rel=1e-12)
        held = "record_stricter" in [one["code"] for one in answer["warnings"]]
        assert row["record_held"] == held
    counted = orjson.loads(done.draft("standard").body)["own_values"]
    assert counted["allowed"]
    assert counted["rows"] == ((table["own_values"] != "") | (table["own_values_refused"] != "")).sum() > 150
    assert sum(counted["taken"].values()) == table["own_values"].str.split().str.len().sum()
    assert counted["refused"]["existing_debt_wan"] > 0
    assert counted["record_held"] == table["record_held"].sum() > 0


def test_every_part_of_an_output_has_one_schema(job, service, monkeypatch):
    """A certificate that covers loans of twelve months and none of 24, in parts of their own: no column is lacking."""
    monkeypatch.setattr(table_job, "CHUNK_ROWS", 10)
    policy = read_policy()
    covers = not_assessed(policy.bank_id, policy.version, policy.digest)
    covers = replace(covers, taper_end_pd=0.5, largest_wan=500.0)
    monkeypatch.setattr(type(service.models.engine), "certificate", lambda *_: covers)
    _, table = job(lambda frame: frame.assign(tenor_months=np.repeat([12, 24, 13, 12], 10)))
    assert table["term_warranty_wan"].notna().tolist() == [True] * 10 + [False] * 20 + [True] * 10
    assert list(table.columns) == table_job.SCHEMA.names
